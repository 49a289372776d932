/**
 * Reading elections and trust from the consensus state of one running node.
 *
 * Nothing here knows what the counts should be: leaders come from the state after each adopted
 * block, by the same function that judges headers.
 *
 * @module
 */
import type { ActorId, BlockId, HashFunction } from '@fiducia/consensus';
import {
  type CandidateScore,
  candidateScores,
  type DtDposConfig,
  type DtDposState,
  leadersBetween,
} from '@fiducia/consensus-dt-dpos';
import type { ConsensusHost, HeadChangedEvent } from '@fiducia/host';
import type { NodeTrust } from './result.ts';

/** What the adopted chain says about the slots up to one of them. */
interface ChainReading {
  /** Index of the elected leader of each slot, slot 1 first. */
  readonly leaders: readonly number[];
  /** Slots without an adopted block. */
  readonly emptySlots: readonly number[];
  /** Composite trust of the candidates after each slot, slot 1 first; µ. */
  readonly compositeTrust: readonly (readonly number[])[];
}

/** Follows the adopted chain of one host. */
export interface ChainObserver {
  /** Reads the slots 1 to `untilSlot`, which lies at or after the slot of the head. */
  read(untilSlot: number): ChainReading;
  /** Present standing of all candidates, by index. */
  scores(): readonly CandidateScore[];
}

interface AdoptedBlock {
  readonly id: BlockId;
  readonly slot: number;
  /** Leaders of the slots between the parent and this block, this block's last. */
  readonly leaders: readonly ActorId[];
  readonly compositeTrust: readonly number[];
}

/**
 * Starts to follow a host; call it after the host has started and before the first block.
 *
 * @param actors - Candidates by index.
 */
export function observeChain(
  host: ConsensusHost,
  config: DtDposConfig,
  actors: readonly ActorId[],
  sha256: HashFunction,
): ChainObserver {
  const chain: AdoptedBlock[] = [];
  const headState = () => host.head().state as DtDposState;
  const genesisTrust = compositesOf(headState(), config);

  host.events.on('headChanged', ({ reverted, applied }: HeadChangedEvent) => {
    chain.splice(chain.length - reverted.length, reverted.length);
    for (const id of applied) chain.push(readBlock(host, id, config, sha256));
  });

  return {
    scores: () => candidateScores(headState(), config),
    read(untilSlot) {
      const tail = leadersBetween(headState(), untilSlot, config, sha256);
      const leaders = [...chain.flatMap((block) => block.leaders), ...tail].map((actor) => actors.indexOf(actor));
      const bySlot = new Map(chain.map((block) => [block.slot, block]));
      const slots = Array.from({ length: untilSlot }, (_, index) => index + 1);
      let latest = genesisTrust;
      const compositeTrust = slots.map((slot) => {
        latest = bySlot.get(slot)?.compositeTrust ?? latest;
        return latest;
      });
      return { leaders, emptySlots: slots.filter((slot) => !bySlot.has(slot)), compositeTrust };
    },
  };
}

/** The four parts of a score under the names of the paper. */
export function nodeTrustOf({ score }: CandidateScore): NodeTrust {
  const { composite, historical, votes, deposit, dynamic } = score;
  return { composite, historical, votes, deposit, dynamic };
}

function readBlock(host: ConsensusHost, id: BlockId, config: DtDposConfig, sha256: HashFunction): AdoptedBlock {
  const tip = host.tipOf(id);
  const parent = tip && host.tipOf(tip.header.parentId);
  if (tip === undefined || parent === undefined) throw new Error(`the host does not hold block ${id} and its parent`);
  const state = tip.state as DtDposState;
  return {
    id,
    slot: state.slot,
    leaders: leadersBetween(parent.state as DtDposState, state.slot, config, sha256),
    compositeTrust: compositesOf(state, config),
  };
}

function compositesOf(state: DtDposState, config: DtDposConfig): readonly number[] {
  return candidateScores(state, config).map(({ score }) => score.composite);
}
