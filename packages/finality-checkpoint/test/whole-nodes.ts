import {
  type BlockId,
  type Bytes,
  type ConsensusHeader,
  type Evidence,
  type Height,
  MESSAGE_DOMAIN,
} from '@fiducia/consensus';
import type { ChainNode } from '@fiducia/simulator';
import { encodeEnvelope } from '../../host/src/messages/message-codec.ts';
import { createSubjectNetwork, type SubjectNetwork } from '../../simulator/test/support/network.ts';
import type { SubjectName } from '../../simulator/test/support/subjects.ts';
import { checkpointFinality, encodeVote } from '../src/index.ts';
import { EMPTY } from './support.ts';

const CONDITIONS = { delayMs: { min: 5, max: 400 }, lossPermille: 100 };

/** Whole nodes with the gadget, and what was seen of them. */
export interface Run {
  readonly network: SubjectNetwork;
  /** Final blocks by height, over all nodes. */
  readonly finals: Map<Height, Set<BlockId>>;
  /** Proofs by block. */
  readonly proofs: Map<BlockId, Bytes>;
  readonly evidence: Evidence[];
  /** Traces of engines and hosts, by name. */
  readonly traces: Map<string, number>;
  /** Final blocks that left an adopted branch. */
  readonly broken: BlockId[];
  run(slots: number): Promise<void>;
  /** Heights of the final blocks, one per node. */
  finalHeights(): readonly Height[];
}

/** Whole nodes under a protocol, with the gadget beside it by configuration alone. */
export async function start(name: SubjectName, seed: number, config: Record<string, unknown> = {}): Promise<Run> {
  const finals: Run['finals'] = new Map();
  const run: Pick<Run, 'finals' | 'proofs' | 'evidence' | 'traces' | 'broken'> = {
    finals,
    proofs: new Map(),
    evidence: [],
    traces: new Map(),
    broken: [],
  };
  const watch = ({ host }: ChainNode): void => {
    const own = new Set<BlockId>();
    host.events.on('finalized', ({ header, proof }: { header: ConsensusHeader; proof: Bytes }) => {
      finals.set(header.height, (finals.get(header.height) ?? new Set()).add(header.id));
      run.proofs.set(header.id, proof);
      own.add(header.id);
    });
    host.events.on('headChanged', ({ reverted }) => run.broken.push(...reverted.filter((id) => own.has(id))));
    host.events.on('evidenceFound', ({ evidence }) => run.evidence.push(evidence));
    host.events.on('trace', ({ event }) => run.traces.set(event, (run.traces.get(event) ?? 0) + 1));
  };
  const network = await createSubjectNetwork({
    subject: name,
    seed,
    conditions: CONDITIONS,
    gadget(ids) {
      const committee = name === 'pow' ? { committee: ids, every: 1, delay: 2 } : {};
      return { plugin: checkpointFinality(), config: { every: 2, ...committee, ...config } };
    },
    onNode: watch,
  });
  const { simulation, subject, nodes } = network;
  return {
    ...run,
    network,
    run: (slots) => simulation.runUntil(simulation.now() + slots * subject.slotMs),
    finalHeights: () => nodes.map(({ host }) => host.finalized().height),
  };
}

export const heightOf = ({ host }: ChainNode): Height => host.head().header.height;

/** Somebody signs two votes for one height with the key of a member, past every guard, and tells everybody. */
export async function voteTwice({ nodes, crypto, keyOf, simulation }: SubjectNetwork, index: number): Promise<void> {
  const node = nodes[index];
  if (node === undefined) throw new Error('no such node');
  const { header } = node.host.head();
  const cheat = crypto.identity(keyOf(index));
  const scope = { chainId: node.ledger.chainId, era: 0, protocol: 'checkpoint@1' } as const;
  const number = Math.floor(header.height / 2);
  for (const id of ['a', 'b']) {
    const payload = encodeVote({
      term: 0,
      source: { number: number - 1, id: 'any' },
      target: { number: number + 1, id },
      handover: EMPTY,
    });
    const message = { author: cheat.address, payload, signature: cheat.sign(scope, MESSAGE_DOMAIN, payload) };
    const envelope = { era: 0, protocol: scope.protocol, height: header.height + 1, message, block: EMPTY };
    for (let copy = 0; copy < 3; copy++) node.ports.net.send(null, 'messages', encodeEnvelope(envelope));
    await simulation.runUntil(simulation.now() + 100);
  }
}
