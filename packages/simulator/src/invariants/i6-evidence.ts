/**
 * I6: conflicting final blocks leave evidence that names offenders of at least a third of the weight, all of them
 * faulty; and nobody honest is ever accused.
 *
 * @see docs/spec/simulation.md, section 7, I6.
 * @module
 */
import {
  type ActorId,
  type Claim,
  type ConsensusHeader,
  compareBytes,
  type Evidence,
  type Height,
} from '@fiducia/consensus';
import type { RecordedConflict } from '@fiducia/host';
import type { WorldNode } from '../run/world.ts';
import { type CreateChecker, nameOf } from './checker.ts';
import { chargedBy, type FreshNode, type FreshTree, tipOf } from './fresh-tree.ts';

import { type FreshProtocol, protocolsOf } from './protocols.ts';
import { claimsOf } from './replica.ts';

interface FinalConflict {
  readonly first: ConsensusHeader;
  readonly second: ConsensusHeader;
}

/** Gathers accusations, final blocks and proofs of conflicts. */
export const checkEvidence: CreateChecker = ({ world, chronicle, derived, broken }) => {
  const accused = new Set<ActorId>();
  const accusations = new Map<string, Evidence>();
  const finals = new Map<Height, ConsensusHeader>();
  const conflicts: FinalConflict[] = [];
  const records = new Map<string, RecordedConflict>();

  const accuse = (node: WorldNode, evidence: Evidence): void => {
    const { kind, offender, height } = evidence;
    accusations.set(`${evidence.protocol}/${kind}/${offender}/${height}`, evidence);
    if (accused.has(offender)) return;
    accused.add(offender);
    const innocent = world.nodes.find(({ isHonest, actorId }) => isHonest && actorId === offender);
    if (innocent !== undefined)
      broken(node.name, `${innocent.name} is honest and accused of ${kind} at height ${height}`);
  };
  const enter = (header: ConsensusHeader): void => {
    for (let block: ConsensusHeader | undefined = header; block !== undefined && block.height > 0; ) {
      const known = finals.get(block.height);
      if (known?.id === block.id) return;
      if (known !== undefined) {
        conflicts.push({ first: known, second: block });
        return;
      }
      finals.set(block.height, block);
      block = chronicle.blocks.get(block.parentId)?.header;
    }
  };

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      const { events } = node.host;
      events.on('evidenceFound', ({ evidence }) => accuse(node, evidence));
      events.on('blockImported', ({ facts }) => {
        for (const fact of facts) if (fact.kind === 'evidence') accuse(node, fact.evidence);
      });
      events.on('finalized', ({ header }) => enter(header));
      events.on('finalityConflict', (record) => records.set(`${record.finalizedId}/${record.conflictingId}`, record));
    },
    async finish() {
      if (conflicts.length === 0) return;
      const tree = await derived();
      const guilty = new Set([...accused, ...[...records.values()].flatMap((record) => doubleVoters(record, tree))]);
      for (const { first } of conflicts) {
        for (const actor of punishedFor([...accusations.values()], first, tree)) guilty.add(actor);
      }
      for (const { first, second } of conflicts) {
        const both = `${nameOf(first)} and ${nameOf(second)}`;
        const { named, total } = weigh(first, guilty, tree);
        // Whose weight nobody knows names nobody.
        if (total === 0n || named * 3n < total)
          broken(null, `${both} are final, and evidence names ${named} of ${total} by weight`);
      }
      for (const actor of guilty) {
        const innocent = world.nodes.find(({ isHonest, actorId }) => isHonest && actorId === actor);
        if (innocent !== undefined)
          broken(innocent.name, 'is honest and signed two final blocks that exclude each other');
      }
    },
  };
};

/** One piece of evidence may convict many and name one of them: whom the rules would punish for it is what counts. */
function punishedFor(accusations: readonly Evidence[], header: ConsensusHeader, tree: FreshTree): readonly ActorId[] {
  const parent = tree.get(header.parentId);
  if (parent === undefined) return [];
  const ground = tree.groundFor(parent);
  return protocolsOf(ground.era).flatMap((active) => {
    const { state } = tipOf(ground, active);
    return chargedBy(ground.era, active, accusations).flatMap((evidence) =>
      (active.rules.directives?.(state, header, [evidence]) ?? []).flatMap((directive) =>
        directive.kind === 'slash' || directive.kind === 'jail' ? [directive.actor] : [],
      ),
    );
  });
}

/** Weight of the guilty among those whose proofs make a block final. */
function weigh(
  { parentId }: ConsensusHeader,
  guilty: ReadonlySet<ActorId>,
  tree: FreshTree,
): { readonly named: bigint; readonly total: bigint } {
  const parent = tree.get(parentId);
  const ground = parent && tree.groundFor(parent);
  const active = ground && finalizerOf(ground.era);
  const validators = ground && active ? active.rules.validators(tipOf(ground, active).state) : [];
  let [named, total] = [0n, 0n];
  for (const { id, weight } of validators) {
    total += weight;
    if (guilty.has(id)) named += weight;
  }
  return { named, total };
}

/** Who signed for both blocks under one key: each proof by itself is fine, together they convict. */
function doubleVoters(record: RecordedConflict, tree: FreshTree): readonly ActorId[] {
  const first = votesOf(tree.get(record.finalizedId), record.finalizedProof, tree);
  const second = votesOf(tree.get(record.conflictingId), record.conflictingProof, tree);
  return [...first].flatMap(([key, vote]) => {
    const other = second.get(key);
    return other !== undefined && compareBytes(other.data, vote.data) !== 0 ? [vote.signer] : [];
  });
}

type SignatureClaim = Extract<Claim, { kind: 'signature' }>;

function votesOf(node: FreshNode | undefined, proof: Uint8Array, tree: FreshTree): ReadonlyMap<string, SignatureClaim> {
  const votes = new Map<string, SignatureClaim>();
  if (node?.parent == null) return votes;
  const ground = tree.groundFor(node.parent);
  const active = finalizerOf(ground.era);
  if (active?.rules.finality.kind !== 'proof') return votes;
  const claims = claimsOf(active.rules.finality.verifyProof(proof, node.tip.header, tipOf(ground, active)));
  for (const claim of typeof claims === 'string' ? [] : claims) {
    if (claim.kind !== 'signature') continue;
    const { signer, data, signature } = claim;
    const key = active.rules.conflictKey?.({ kind: 'message', message: { author: signer, payload: data, signature } });
    if (key !== undefined) votes.set(key, claim);
  }
  return votes;
}

function finalizerOf({ production, gadget }: FreshNode['era']): FreshProtocol | null {
  return gadget ?? (production.rules.finality.kind === 'proof' ? production : null);
}
