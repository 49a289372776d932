/**
 * Strategies that treat somebody worse than others: censor, grief, and farming trust before a strike.
 *
 * @module
 */
import { type ActorId, type Bytes, compareBytes } from '@fiducia/consensus';
import { ROUND_VOTES_CHANNEL, TRANSACTIONS_CHANNEL } from '@fiducia/ledger';
import type { ProcessFault } from './byzz-fuzz.ts';
import { drawMutation } from './byzz-fuzz.ts';
import type { Disguise } from './disguise.ts';
import type { Machine } from './machine.ts';
import { Mutator } from './mutating.ts';

/** Length of a signature, which begins with the public key of its signer. */
const SIGNATURE_BYTES = 97;
const PUBLIC_KEY_BYTES = 33;

/** Process faults after trust was farmed, and how long each lasts: to the end of most runs, as blocks come seldom. */
const STRIKES = 6;
const STRIKE_SLOTS = 4;

/** No transaction of one account reaches the blocks of this machine, nor passes through it (fault C15). */
export function createCensor(machine: Machine): Disguise {
  let victim: Bytes | null = null;
  const isVictims = (channel: string, bytes: Bytes): boolean => {
    if (channel !== TRANSACTIONS_CHANNEL && channel !== ROUND_VOTES_CHANNEL) return false;
    const key = signerOf(bytes);
    if (key === null) return false;
    victim ??= key;
    const isHit = compareBytes(key, victim) === 0;
    if (isHit) machine.count('censored');
    return isHit;
  };
  return machine.disguise('censor', {
    onSend({ to, channel, bytes }) {
      if (!isVictims(channel, bytes)) machine.send(to, channel, bytes);
    },
    async onReceive({ channel, bytes }, pass) {
      return isVictims(channel, bytes) ? 'ignore' : pass();
    },
  });
}

/** Blocks and votes of one honest member are neither built on nor relayed, as long as they come as gossip (fault C17). */
export function createGrief(machine: Machine): Disguise {
  let victim: ActorId | null = null;
  let sparedAuthors = machine.options.random.integer(0, 7);
  return machine.disguise('grief', {
    async onReceive(message, pass) {
      const author = machine.isOwn(message) ? null : machine.authorOf(message);
      if (author === null) return pass();
      // Whoever comes after a drawn number of others is the victim, so that any member can be.
      if (victim === null && sparedAuthors-- <= 0) victim = author;
      if (author !== victim) return pass();
      machine.count('ignored');
      return 'ignore';
    },
  });
}

/**
 * Keeps to the rules while its trust grows, but lets only the participation of friends into its blocks; then strikes
 * with changed messages (fault C17).
 */
export function createTrustFarming(machine: Machine): Disguise {
  const { random, nodes, slotMs } = machine.options;
  const friends = new Set(nodes.filter(() => random.chance(500)));
  const strikeAt = random.integer(8, 20) * slotMs;
  const faults: readonly ProcessFault[] = Array.from({ length: STRIKES }, (_, index) => {
    const at = strikeAt + STRIKE_SLOTS * index * slotMs;
    return { at, until: at + STRIKE_SLOTS * slotMs, recipients: nodes, mutation: drawMutation(random) };
  });
  const mutator = new Mutator(machine, faults);
  return machine.disguise('trustFarming', {
    begin: () => mutator.begin(),
    onSend: (message) => mutator.onSend(message),
    async onReceive(message, pass) {
      if (message.channel === ROUND_VOTES_CHANNEL && !friends.has(message.from)) {
        machine.count('participationIgnored');
        return 'ignore';
      }
      return mutator.onReceive(message, pass);
    },
  });
}

/** Public key of whoever signed a transaction or a round vote: both end with the signature. */
function signerOf(bytes: Bytes): Bytes | null {
  const start = bytes.length - SIGNATURE_BYTES;
  return start > 0 ? bytes.slice(start, start + PUBLIC_KEY_BYTES) : null;
}
