/**
 * Who has a say.
 *
 * @module
 */
import type { ActorId, BlockId, Validator } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import { groundOf } from '../tree/block-tree.ts';
import { tipFor } from './schedule.ts';

/**
 * Those who have a say in the next block, for any plugin of its era. Anybody can make up keys and sign with them, so it
 * decides about room, never about validity: who has a seat from the next block on is a stranger until then.
 */
export class Members {
  readonly #context: Pick<HostContext, 'branches' | 'eras'>;
  /** Asked for every message, so what was found is kept until the head moves; by its id, as states must be let go of. */
  #headId: BlockId | null = null;
  #lists: readonly (readonly Validator[])[] = [];
  #ids: ReadonlySet<ActorId> = new Set();

  constructor(context: Pick<HostContext, 'branches' | 'eras'>) {
    this.#context = context;
  }

  /** Empty where nobody is entitled to act, as with proof of work. */
  current(): ReadonlySet<ActorId> {
    const { branches, eras } = this.#context;
    const { head } = branches;
    const { id } = head.tip.header;
    if (id === this.#headId) return this.#ids;
    this.#headId = id;
    const ground = groundOf(head);
    const plugins = eras.get(ground.era)?.plugins ?? [];
    const lists = plugins.map((active) => active.rules.validators(tipFor(ground, active).state));
    const isSame = lists.length === this.#lists.length && lists.every((list, index) => list === this.#lists[index]);
    if (isSame) return this.#ids;
    this.#lists = lists;
    this.#ids = new Set(lists.flatMap((list) => list.map((member) => member.id)));
    return this.#ids;
  }
}
