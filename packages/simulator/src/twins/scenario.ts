/**
 * All ways in which twins can be led and parted (arXiv 2004.10617).
 *
 * Some nodes run twice, each time with the same key; in every round somebody leads, and the machines form at most two
 * groups that do not hear each other. Scenarios that differ only by names are one scenario.
 *
 * @module
 */
import { requireInteger, SimulationError } from '../errors.ts';
import { permuteIndex } from './permute-index.ts';

/** Who leads when. */
export type LeaderMode =
  /** The protocol rotates: the scenario says who leads first. */
  | 'rotation'
  /** The scenario says who leads each round, for protocols whose schedule can be given. */
  | 'free';

/** Size of a space of scenarios. */
export interface TwinsOptions {
  /** Nodes, 2 to 7. */
  readonly nodes: number;
  /** Nodes that run on two machines, 1 to 2, fewer than `nodes`; they are the first ones. */
  readonly twins: number;
  /** Rounds with a leader and a partition of their own, 1 to 7. */
  readonly rounds: number;
  /** Who leads when. @defaultValue `rotation` */
  readonly leaders?: LeaderMode;
}

/** One scenario. Plain JSON. */
export interface TwinsScenario {
  /** Position among the canonical scenarios of its space, from 0. */
  readonly index: number;
  /** Nodes; the machines are these, and behind them the second machines of the first `twins` of them. */
  readonly nodes: number;
  /** Nodes that run on two machines. */
  readonly twins: number;
  /** Node that leads each round. */
  readonly leaders: readonly number[];
  /**
   * Machines that are apart from machine 0 in each round, as a bit mask: bit `m` stands for machine `m`, and bit 0 is
   * never set. 0: all hear each other.
   */
  readonly partitions: readonly number[];
}

/** All canonical scenarios of one size, in order. */
export interface TwinsSpace {
  /** How many there are, exactly; below 2^53. */
  readonly count: number;
  /** The scenario at a position. @throws {@link SimulationError} with `INVALID_OPTION` outside of `[0, count)`. */
  at(index: number): TwinsScenario;
}

/** Position of a group element in the list of all. */
type Element = number;

/** What one round can look like, and how it looks after renaming. */
interface Alphabet {
  readonly size: number;
  /** Symbol by element and symbol. */
  readonly images: readonly (readonly number[])[];
}

interface Branch {
  readonly symbol: number;
  readonly stabiliser: readonly Element[];
}

/**
 * Lays out the scenarios of one size. Two scenarios are the same if renaming turns one into the other: exchanging the
 * two machines of a node, or renaming nodes in a way that keeps the rotation of leaders (if they rotate) and the set of
 * nodes that run twice. Of each class only the first in order counts.
 *
 * A sequence of rounds is the first of its class exactly if every round is the least of its orbit under those renamings
 * that leave all rounds before it alone. So scenarios are counted and addressed without being listed.
 *
 * @throws {@link SimulationError} with `INVALID_OPTION`.
 * @example
 * ```ts
 * const space = createTwinsSpace({ nodes: 4, twins: 1, rounds: 4 });
 * space.count; // 139 264 of 262 144
 * space.at(0); // nobody is parted, node 0 leads first
 * ```
 */
export function createTwinsSpace(options: TwinsOptions): TwinsSpace {
  const { nodes, twins, rounds, leaders = 'rotation' } = options;
  requireInteger('nodes', nodes, 2, 7);
  requireInteger('twins', twins, 1, Math.min(2, nodes - 1));
  requireInteger('rounds', rounds, 1, 7);
  const renamings = renamingsOf(nodes, twins, leaders);
  const led = alphabetOf(nodes, twins, renamings, true);
  const rest = leaders === 'free' ? led : alphabetOf(nodes, twins, renamings, false);
  const counter = new Counter(led, rest, rounds);
  const count = counter.count(counter.everything, 0);
  if (count > Number.MAX_SAFE_INTEGER) invalid('rounds', 'has more than 2^53 scenarios');
  const masks = 2 ** (nodes + twins - 1);

  return {
    count,
    at(index) {
      requireInteger('index', index, 0, count - 1);
      const symbols = counter.symbolsAt(index);
      const first = Math.floor((symbols[0] ?? 0) / masks);
      const leaderOf = (symbol: number, round: number): number =>
        leaders === 'free' ? Math.floor(symbol / masks) : (first + round) % nodes;
      return {
        index,
        nodes,
        twins,
        leaders: symbols.map(leaderOf),
        partitions: symbols.map((symbol) => (symbol % masks) * 2),
      };
    },
  };
}

/** Which scenarios to go through. */
export interface TwinsRange extends TwinsOptions {
  /** First position. @defaultValue 0 */
  readonly from?: number;
  /** Position behind the last one. @defaultValue all */
  readonly to?: number;
  /**
   * Goes through the scenarios in an order drawn from this seed, each of them once, so that ranges of positions are
   * samples without repetition and disjoint ranges share no scenario; absent: in order.
   */
  readonly seed?: number;
}

/**
 * Goes through scenarios of one size, all or those of a range of positions.
 *
 * @throws {@link SimulationError} with `INVALID_OPTION`.
 * @see docs/spec/simulation.md, section 5.
 * @example
 * ```ts
 * for (const scenario of enumerateTwins({ nodes: 4, twins: 1, rounds: 7, seed: 1, from: 0, to: 1_000 })) {
 *   await runTwins({ subject: twins, scenario, sha256 });
 * }
 * ```
 */
export function* enumerateTwins(range: TwinsRange): Iterable<TwinsScenario> {
  const { seed, ...options } = range;
  const space = createTwinsSpace(options);
  const { from = 0, to = space.count } = range;
  requireInteger('from', from, 0, space.count);
  requireInteger('to', to, from, space.count);
  if (seed !== undefined) requireInteger('seed', seed, 0, 2 ** 32 - 1);
  for (let position = from; position < to; position++) {
    yield space.at(seed === undefined ? position : permuteIndex(position, space.count, seed));
  }
}

/** A new number for every machine. */
type Renaming = readonly number[];

function renamingsOf(nodes: number, twins: number, leaders: LeaderMode): readonly Renaming[] {
  const all = permutationsOf(nodes).filter((order) => {
    const keepsTwins = order.slice(0, twins).every((node) => node < twins);
    const keepsRotation = order.every((node, index) => order[(index + 1) % nodes] === (node + 1) % nodes);
    return keepsTwins && (leaders === 'free' || keepsRotation);
  });
  return all.flatMap((order) => {
    // Every choice of nodes whose two machines change places.
    return Array.from({ length: 2 ** twins }, (_, swaps): Renaming => {
      const machines = order.slice();
      for (let node = 0; node < twins; node++) {
        const to = order[node] ?? 0;
        const isSwapped = ((swaps >> node) & 1) === 1;
        machines[node] = isSwapped ? nodes + to : to;
        machines[nodes + node] = isSwapped ? to : nodes + to;
      }
      return machines;
    });
  });
}

function permutationsOf(size: number): readonly (readonly number[])[] {
  if (size === 0) return [[]];
  return permutationsOf(size - 1).flatMap((rest) =>
    Array.from({ length: size }, (_, at) => [...rest.slice(0, at), size - 1, ...rest.slice(at)]),
  );
}

/** A symbol is the partition, without the bit of machine 0, and above it the leader if `hasLeader`. */
function alphabetOf(nodes: number, twins: number, renamings: readonly Renaming[], hasLeader: boolean): Alphabet {
  const machines = nodes + twins;
  const masks = 2 ** (machines - 1);
  const size = hasLeader ? nodes * masks : masks;
  const images = renamings.map((renaming) =>
    Array.from({ length: size }, (_, symbol) => {
      // Whichever machine of a twin stands for it, the node leads.
      const machine = renaming[Math.floor(symbol / masks)] ?? 0;
      const leader = machine < nodes ? machine : machine - nodes;
      const partition = imageOf((symbol % masks) * 2, renaming, machines);
      return (hasLeader ? leader * masks : 0) + partition / 2;
    }),
  );
  return { size, images };
}

function imageOf(mask: number, renaming: Renaming, machines: number): number {
  let image = 0;
  for (const [from, to] of renaming.entries()) if ((mask >> from) & 1) image |= 1 << to;
  // Which of the two groups is called the other one means nothing: machine 0 is always in the first.
  return image & 1 ? image ^ (2 ** machines - 1) : image;
}

/** Counts canonical sequences by the renamings that are still free, which are few sets. */
class Counter {
  readonly everything: readonly Element[];
  readonly #led: Alphabet;
  readonly #rest: Alphabet;
  readonly #rounds: number;
  readonly #branches = new Map<string, readonly Branch[]>();
  readonly #counts = new Map<string, number>();

  constructor(led: Alphabet, rest: Alphabet, rounds: number) {
    this.#led = led;
    this.#rest = rest;
    this.#rounds = rounds;
    this.everything = led.images.map((_, element) => element);
  }

  /** Canonical ways to go on from `round` if only `free` renamings leave everything before it alone. */
  count(free: readonly Element[], round: number): number {
    if (round === this.#rounds) return 1;
    const key = `${round}/${free.join()}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const sum = this.#branchesOf(free, round).reduce((total, { stabiliser }) => {
      return total + this.count(stabiliser, round + 1);
    }, 0);
    this.#counts.set(key, sum);
    return sum;
  }

  symbolsAt(index: number): readonly number[] {
    const symbols: number[] = [];
    let free = this.everything;
    let left = index;
    for (let round = 0; round < this.#rounds; round++) {
      for (const { symbol, stabiliser } of this.#branchesOf(free, round)) {
        const size = this.count(stabiliser, round + 1);
        if (left < size) {
          symbols.push(symbol);
          free = stabiliser;
          break;
        }
        left -= size;
      }
    }
    return symbols;
  }

  /** The least symbol of every orbit, with the renamings that keep it. */
  #branchesOf(free: readonly Element[], round: number): readonly Branch[] {
    const key = `${Math.min(round, 1)}/${free.join()}`;
    const known = this.#branches.get(key);
    if (known !== undefined) return known;
    const { size, images } = round === 0 ? this.#led : this.#rest;
    const branches: Branch[] = [];
    for (let symbol = 0; symbol < size; symbol++) {
      const imageBy = (element: Element): number => images[element]?.[symbol] ?? symbol;
      if (free.some((element) => imageBy(element) < symbol)) continue;
      branches.push({ symbol, stabiliser: free.filter((element) => imageBy(element) === symbol) });
    }
    this.#branches.set(key, branches);
    return branches;
  }
}

function invalid(path: string, reason: string): never {
  throw new SimulationError({ code: 'INVALID_OPTION', path, reason });
}
