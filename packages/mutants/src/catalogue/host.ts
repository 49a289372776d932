/**
 * Bugs of the host: MUT-40 and MUT-41.
 *
 * @module
 */
import { type Patch, scenario, simulate } from '../mutant.ts';

const appliesTo = 'host';

/** Bugs of the host. */
export const HOST_MUTANTS: readonly Patch[] = [
  {
    id: 'MUT-40',
    appliesTo,
    title: 'reorganisation below final allowed',
    edits: [
      {
        file: 'host/src/tree/branches.ts',
        find: `    this.#advanceRoot(height);
    // A branch that was derived again below the root may leave the chain below what is final now.
    this.tree.dropFeet();
`,
        replace: '',
      },
    ],
    killers: [
      scenario(
        'host/test/final-chain.test.ts',
        'contract H-20 and H-22: a branch derived again below the retention point',
      ),
    ],
  },
  {
    id: 'MUT-41/host',
    appliesTo,
    title: 'messages without per-sender cap',
    edits: [
      {
        file: 'host/src/messages/windows.ts',
        find: 'if (used >= this.#limits.messagesPerAuthorMax) return false;',
        replace: '',
      },
    ],
    killers: [scenario('host/test/messages.test.ts', 'contract H-39: a forger uses up its own quota')],
  },
  {
    id: 'MUT-41/peers',
    appliesTo,
    title: 'buffer of blocks that wait without per-sender cap',
    edits: [
      {
        file: 'host/src/import/peer-buffer.ts',
        find: 'while (share.places > this.#perPeerMax) this.#releaseOldest(from, share);',
        replace: '',
      },
    ],
    killers: [
      scenario(
        'host/test/hostile-peers.test.ts',
        'contract H-39: room that peers share > a peer that sends too much loses its own oldest value',
      ),
      simulate('pbft', 'I11'),
    ],
  },
  {
    id: 'MUT-41/pbft',
    appliesTo: 'pbft',
    title: 'future-message buffer without per-sender cap',
    edits: [
      {
        file: 'consensus-pbft/src/future.ts',
        find: 'if (count >= (sender === null ? PER_SENDER_MIN : share)) return false;',
        replace: 'if (sender === null && count >= PER_SENDER_MIN) return false;',
      },
    ],
    killers: [
      scenario('consensus-pbft/test/transcripts-faults.test.ts', 'pbft PT-17: pbft N2, N3: a flood of one validator'),
      scenario(
        'consensus-pbft/test/usage.test.ts',
        'pbft N2: nobody fills the buffer of future heights beyond its share',
      ),
    ],
  },
];
