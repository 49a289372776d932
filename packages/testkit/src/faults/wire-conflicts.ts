/**
 * Reads blocks on the wire for two that one author signed for one place.
 *
 * @module
 */
import type { ActorId, BlockId, ConsensusRules, Millis } from '@fiducia/consensus';
import { BLOCKS_CHANNEL, DEFAULT_HOST_LIMITS, decodeProvenBlock, PROVEN_BLOCKS_CHANNEL } from '@fiducia/host';
import type { SentMessage, World } from '@fiducia/simulator';

/** Counts conflicting blocks of one author; blocks travel on, so everybody gets to see both. */
export class WireConflicts {
  readonly #rules: Pick<ConsensusRules<unknown>, 'conflictKey'>;
  readonly #decode: ReturnType<World['createLedger']>['decode'];
  readonly #author: ActorId;
  readonly #until: Millis;
  readonly #first = new Map<string, BlockId>();
  readonly #conflicts = new Set<string>();

  /** @param until - Blocks that are sent later do not count. */
  constructor(world: World, rules: Pick<ConsensusRules<unknown>, 'conflictKey'>, author: ActorId, until: Millis) {
    const ledger = world.createLedger();
    this.#rules = rules;
    this.#decode = (bytes, part) => ledger.decode(bytes, part);
    this.#author = author;
    this.#until = until;
    world.simulation.onSend((message) => {
      if (world.simulation.now() <= this.#until) this.#read(message);
    });
  }

  /** Places for which two blocks were seen. */
  get count(): number {
    return this.#conflicts.size;
  }

  #read({ channel, bytes }: SentMessage): void {
    if (channel !== BLOCKS_CHANNEL && channel !== PROVEN_BLOCKS_CHANNEL) return;
    const encoded =
      channel === PROVEN_BLOCKS_CHANNEL ? decodeProvenBlock(bytes, DEFAULT_HOST_LIMITS.blockBytesMax).block : bytes;
    const header = this.#decode(encoded, 'block')?.header;
    if (header?.author !== this.#author) return;
    const key = this.#rules.conflictKey?.({ kind: 'header', header });
    if (key === undefined) return;
    // Two seals under one header are no offence (contract H-29).
    const content = header.sealHash.join();
    const first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, content);
    else if (first !== content) this.#conflicts.add(key);
  }
}
