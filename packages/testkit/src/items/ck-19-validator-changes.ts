/**
 * Members come, go and lose their weight (contract CK-19).
 *
 * @module
 */
import type { ActorId, Validator } from '@fiducia/consensus';
import { castBallot, createTransaction, exitCandidate, type TransactionSigner } from '@fiducia/ledger';
import { type ChainNode, isSimulationError, requireEqualStates } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { describeThrown } from '../describe.ts';
import { Findings, type KitItem } from '../item.ts';
import type { KitNetwork } from '../sample/network.ts';
import { isDeclined } from '../sample/refusal.ts';
import { HARMLESS_REJECTIONS } from '../sample/sample.ts';
import { createSubjectNetwork } from '../sample/subject-network.ts';
import { hashesPerSecondOf, pluginUnderTest } from '../subject.ts';

const SLOTS = 30;
const QUIET_SLOTS = 12;
const CHANGE_AT = 8;

/** A change of who is a member. */
interface Change {
  readonly what: string;
  readonly nodes: number;
  /** Weights that genesis hands over; absent: all equal. */
  readonly weigh?: (members: readonly ActorId[]) => readonly Validator[];
  /** What members do in the middle of the run. */
  readonly act?: (network: KitNetwork, node: ChainNode, index: number) => Promise<void>;
}

/** The requirement. */
export const validatorChanges: KitItem = {
  id: 'CK-19',
  title:
    'survives members without weight, a single member, the exit of some, and an election that turns everything over',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    for (const change of changesFor(context)) await tryChange(context, change, findings);
    return findings.outcome();
  },
};

function changesFor({ nodeCount, subject }: KitContext): readonly Change[] {
  const { requires } = pluginUnderTest(subject).plugin;
  const facts = [...subject.production.plugin.requires.facts, ...requires.facts];
  const nodes = Math.max(nodeCount, 4);
  return [
    { what: 'a single member', nodes: 1 },
    {
      what: 'a member of weight 0',
      nodes,
      weigh: (members) => members.map((id, index) => ({ id, weight: index === 0 ? 0n : 1n })),
    },
    ...(facts.includes('ballot') ? [{ what: 'everybody votes for the last one', nodes, act: voteForLast }] : []),
    ...(facts.includes('exit')
      ? [
          { what: 'a member removes itself', nodes, act: leaveFirst },
          { what: 'all but two leave', nodes, act: leaveAllButTwo },
        ]
      : []),
  ];
}

async function tryChange(context: KitContext, change: Change, findings: Findings): Promise<void> {
  const { subject, seed } = context;
  const { what, nodes, act } = change;
  const add = (rule: string, message: string, ...trace: readonly string[]): void => {
    findings.add({ rule, message: `${what}: ${message}`, trace: [`${nodes} nodes, ${SLOTS} slots`, ...trace], seed });
  };
  const rejections: string[] = [];
  try {
    const network = await createSubjectNetwork(context, {
      nodeCount: nodes,
      // As much work in all as ever: a single miner is no slower than a network.
      hashesPerSecond: (hashesPerSecondOf(subject, context.nodeCount) * context.nodeCount) / nodes,
      onNode: ({ host, name }) =>
        host.events.on('blockRejected', ({ code }) => {
          if (!HARMLESS_REJECTIONS.includes(code)) rejections.push(`${name}: ${code}`);
        }),
      ...(change.weigh && { validators: change.weigh }),
    });
    const { slotMs } = subject;
    await network.run(CHANGE_AT * slotMs);
    for (const [index, node] of network.nodes.entries()) await act?.(network, node, index);
    await network.run((SLOTS - CHANGE_AT) * slotMs);
    const before = Math.min(...heightsOf(network));
    await network.run(QUIET_SLOTS * slotMs);
    findings.count('changes of members');
    findings.count('blocks', before);
    if (Math.max(...heightsOf(network)) <= before)
      add('contract CK-19', 'the chain stands still', `heights ${heightsOf(network).join(', ')}`);
    for (const rejection of rejections) add('contract CK-06', `a block of an honest node was refused: ${rejection}`);
    requireOneState(network);
    await network.stop();
  } catch (thrown) {
    // A protocol may say before it starts that so few or such members do not do.
    if (isDeclined(thrown)) return findings.count('changes refused before the start');
    const rule = isSimulationError(thrown, 'INVARIANT_BROKEN') ? 'simulation I12' : 'contract H-17';
    add(rule, describeThrown(thrown));
  }
}

function heightsOf({ nodes }: KitNetwork): readonly number[] {
  return nodes.map(({ host }) => host.head().header.height);
}

/** Nodes with one head have one state; those that are a block apart are not compared. */
function requireOneState({ nodes }: KitNetwork): void {
  const head = nodes[0]?.host.head().header.id;
  const same = nodes.filter(({ host }) => host.head().header.id === head);
  if (head !== undefined) requireEqualStates(same, head);
}

async function voteForLast({ crypto, members }: KitNetwork, { ledger, name }: ChainNode, index: number): Promise<void> {
  const signer = crypto.identity(name);
  const to = members.at(-1);
  if (to === undefined || index === members.length - 1) return;
  await submit(ledger, signer, (nonce, chainId) =>
    createTransaction(castBallot, {
      chainId,
      nonce,
      fee: 1n,
      payload: { from: signer.address, to, weight: 100n },
      signer,
    }),
  );
}

async function leaveFirst(network: KitNetwork, node: ChainNode, index: number): Promise<void> {
  if (index === 0) await leave(network, node);
}

async function leaveAllButTwo(network: KitNetwork, node: ChainNode, index: number): Promise<void> {
  if (index >= 2) await leave(network, node);
}

async function leave({ crypto }: KitNetwork, { ledger, name }: ChainNode): Promise<void> {
  const signer = crypto.identity(name);
  await submit(ledger, signer, (nonce, chainId) =>
    createTransaction(exitCandidate, { chainId, nonce, fee: 1n, payload: { id: signer.address }, signer }),
  );
}

async function submit(
  ledger: ChainNode['ledger'],
  signer: TransactionSigner & { readonly address: ActorId },
  create: (nonce: number, chainId: Uint8Array) => Parameters<ChainNode['ledger']['submit']>[0],
): Promise<void> {
  await ledger.submit(create(ledger.nonceOf(signer.address), ledger.chainId));
}
