/**
 * Bugs of stores: MUT-42 and MUT-43.
 *
 * @module
 */
import { type Patch, scenario } from '../mutant.ts';

const DURABLE = 'ledger/src/store/durable.ts';

const CRASH_POINTS = 'simulator/test/crash-points.test.ts';

const appliesTo = 'store';

/** Bugs of stores. */
export const STORE_MUTANTS: readonly Patch[] = [
  {
    id: 'MUT-42',
    appliesTo,
    title: 'head pointer in its own transaction',
    edits: [
      {
        file: DURABLE,
        find: '      await this.#kv.commit(writes);\n    } finally {',
        replace:
          '      await this.#kv.commit(writes.slice(0, -1));\n      await this.#kv.commit(writes.slice(-1));\n    } finally {',
      },
    ],
    killers: [
      scenario(CRASH_POINTS, 'every crash point of imports, a reorganisation and checkpoints under the example plugin'),
    ],
  },
  {
    id: 'MUT-43',
    appliesTo,
    title: 'acknowledge before sync',
    edits: [
      {
        file: DURABLE,
        find: '      await this.#kv.commit(writes);\n    } finally {',
        replace: '      this.#kv.commit(writes).catch(() => undefined);\n    } finally {',
      },
    ],
    killers: [
      scenario(CRASH_POINTS, 'every crash point of imports, a reorganisation and checkpoints under the example plugin'),
    ],
  },
];
