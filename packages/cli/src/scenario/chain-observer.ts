/**
 * Reading elections, trust and offences from the adopted chain of one running node.
 *
 * Nothing here knows what the counts should be: leaders come from the state after each adopted
 * block, by the same function that judges headers.
 *
 * @module
 */
import type { ActorId, BlockId, Tip } from '@fiducia/consensus';
import type { ConsensusHost, HeadChangedEvent } from '@fiducia/host';
import type { ConsensusReader, TrustStanding } from './consensus/setup.ts';

/** What the adopted chain says about the rounds up to one of them. */
export interface ChainReading {
  /** Index of the elected leader of each slot, slot 1 first; of each block where there are no slots. */
  readonly leaders: readonly number[];
  /** Index of the author of each adopted block, block 1 first. */
  readonly authors: readonly number[];
  /** Rounds without an adopted block. */
  readonly emptySlots: readonly number[];
  /** Composite trust of the candidates after each slot, slot 1 first; µ. Empty without trust. */
  readonly compositeTrust: readonly (readonly number[])[];
}

/** Follows the adopted chain of one host. */
export interface ChainObserver {
  /** Reads the rounds 1 to `untilSlot`, which lies at or after the round of the head. */
  read(untilSlot: number): ChainReading;
  /** Present standing of all candidates; absent without trust. */
  standings(): ReadonlyMap<ActorId, TrustStanding> | undefined;
  /** Offences that the adopted chain books. */
  offences(): number;
}

interface AdoptedBlock {
  readonly id: BlockId;
  readonly slot: number;
  readonly author: ActorId;
  /** Leaders that are known with this block and were not with its parent. */
  readonly leaders: readonly ActorId[];
  readonly compositeTrust: readonly number[];
}

/**
 * Starts to follow a host; call it after the host has started and before the first block.
 *
 * @param actors - Candidates by index.
 */
export function observeChain(host: ConsensusHost, reader: ConsensusReader, actors: readonly ActorId[]): ChainObserver {
  const chain: AdoptedBlock[] = [];
  const offencesIn = new Map<BlockId, number>();
  const compositesOf = (block: Tip<unknown>): readonly number[] => {
    const standings = reader.trustAfter?.(block);
    return standings === undefined ? [] : actors.map((actor) => standings.get(actor)?.trust.composite ?? 0);
  };
  const genesisTrust = compositesOf(host.head());
  const indexOf = (actor: ActorId): number => actors.indexOf(actor);

  // A host lets go of what precedes a final block, so that the head before may be gone when its child is adopted.
  let previous = host.head();
  const requireTip = (id: BlockId): Tip<unknown> => {
    const tip = id === previous.header.id ? previous : host.tipOf(id);
    if (tip === undefined) throw new Error(`the host does not hold block ${id}`);
    return tip;
  };
  const readBlock = (id: BlockId): AdoptedBlock => {
    const block = requireTip(id);
    const { author, parentId } = block.header;
    return {
      id,
      slot: reader.slotOf(block),
      author,
      leaders: reader.leadersOf(block, requireTip(parentId)),
      compositeTrust: compositesOf(block),
    };
  };
  host.events.on('headChanged', ({ tip, reverted, applied }: HeadChangedEvent) => {
    chain.splice(chain.length - reverted.length, reverted.length);
    for (const id of applied) chain.push(readBlock(id));
    previous = tip;
  });
  host.events.on('blockImported', ({ header, facts }) => {
    const offences = facts.filter(({ kind }) => kind === 'evidence').length;
    if (offences > 0) offencesIn.set(header.id, offences);
  });

  return {
    standings: () => reader.trustAfter?.(host.head()),
    offences: () => chain.reduce((sum, { id }) => sum + (offencesIn.get(id) ?? 0), 0),
    read(untilSlot) {
      const tail = reader.leadersAfter(host.head(), untilSlot);
      const bySlot = new Map(chain.map((block) => [block.slot, block]));
      const slots = Array.from({ length: untilSlot }, (_, index) => index + 1);
      let latest = genesisTrust;
      const compositeTrust = slots.map((slot) => {
        latest = bySlot.get(slot)?.compositeTrust ?? latest;
        return latest;
      });
      return {
        leaders: [...chain.flatMap(({ leaders }) => leaders), ...tail].map(indexOf),
        authors: chain.map(({ author }) => indexOf(author)),
        emptySlots: slots.filter((slot) => !bySlot.has(slot)),
        compositeTrust: reader.trustAfter === undefined ? [] : compositeTrust,
      };
    },
  };
}
