import { describe, expect, it } from 'vitest';
import { createTwinsSpace, enumerateTwins, type TwinsOptions, type TwinsScenario } from '../src/index.ts';

/** Every renaming by definition, and not as the code finds them. */
function renamingsOf({ nodes, twins, leaders }: TwinsOptions): readonly ((machine: number) => number)[] {
  const orders: number[][] = [[]];
  for (let size = 0; size < nodes; size++) {
    for (const order of orders.splice(0)) {
      for (let node = 0; node < nodes; node++) if (!order.includes(node)) orders.push([...order, node]);
    }
  }
  const isKept = (order: readonly number[]): boolean => {
    const rotates = order.every((node, at) => order[(at + 1) % nodes] === (node + 1) % nodes);
    return order.every((node, at) => at < twins === node < twins) && (leaders === 'free' || rotates);
  };
  return orders.filter(isKept).flatMap((order) =>
    Array.from({ length: 2 ** twins }, (_, swaps) => (machine: number) => {
      const isSecond = machine >= nodes;
      const node = isSecond ? machine - nodes : machine;
      const to = order[node] ?? 0;
      const isSwapped = node < twins && ((swaps >> node) & 1) === 1;
      return isSecond === isSwapped ? to : nodes + to;
    }),
  );
}

interface Round {
  readonly leader: number;
  readonly mask: number;
}

/** All scenarios, without any thought of symmetry, as one text each. */
function allOf(options: TwinsOptions): readonly (readonly Round[])[] {
  const { nodes, twins, rounds, leaders } = options;
  const masks = Array.from({ length: 2 ** (nodes + twins - 1) }, (_, index) => 2 * index);
  let all: (readonly Round[])[] = [[]];
  for (let round = 0; round < rounds; round++) {
    all = all.flatMap((before) => {
      const last = before.at(-1)?.leader;
      const free = Array.from({ length: nodes }, (_, node) => node);
      const next = last === undefined || leaders === 'free' ? free : [(last + 1) % nodes];
      return next.flatMap((leader) => masks.map((mask) => [...before, { leader, mask }]));
    });
  }
  return all;
}

function textOf(rounds: readonly Round[], rename: (machine: number) => number, { nodes, twins }: TwinsOptions): string {
  const machines = nodes + twins;
  return rounds
    .map(({ leader, mask }) => {
      const apart = new Set(
        Array.from({ length: machines }, (_, machine) => machine)
          .filter((machine) => (mask >> machine) & 1)
          .map(rename),
      );
      const isApart = (machine: number): boolean => apart.has(machine) !== apart.has(0);
      const groups = Array.from({ length: machines }, (_, machine) => (isApart(machine) ? 1 : 0)).join('');
      const named = rename(leader);
      return `${named >= nodes ? named - nodes : named}:${groups}`;
    })
    .join(' ');
}

function classOf(rounds: readonly Round[], options: TwinsOptions): string {
  const texts = renamingsOf(options).map((rename) => textOf(rounds, rename, options));
  return texts.sort()[0] ?? '';
}

const roundsOf = ({ leaders, partitions }: TwinsScenario): readonly Round[] =>
  leaders.map((leader, round) => ({ leader, mask: partitions[round] ?? 0 }));

const SIZES: readonly TwinsOptions[] = [
  { nodes: 2, twins: 1, rounds: 3, leaders: 'free' },
  { nodes: 3, twins: 1, rounds: 2, leaders: 'free' },
  { nodes: 3, twins: 2, rounds: 2, leaders: 'free' },
  { nodes: 3, twins: 1, rounds: 3, leaders: 'rotation' },
  { nodes: 4, twins: 1, rounds: 2, leaders: 'rotation' },
  { nodes: 4, twins: 1, rounds: 2, leaders: 'free' },
  { nodes: 4, twins: 2, rounds: 1, leaders: 'free' },
];

describe('the space of Twins scenarios (simulation section 5, arXiv 2004.10617)', () => {
  it.each(SIZES)(
    'holds every class of $leaders leaders, $nodes nodes, $twins twins, $rounds rounds once',
    (options) => {
      const classes = new Set(allOf(options).map((rounds) => classOf(rounds, options)));
      const scenarios = [...enumerateTwins(options)];
      expect(createTwinsSpace(options).count).toBe(classes.size);
      expect(new Set(scenarios.map((scenario) => classOf(roundsOf(scenario), options)))).toEqual(classes);
      expect(scenarios.map(({ index }) => index)).toEqual(Array.from({ length: classes.size }, (_, index) => index));
    },
  );

  it('has the sizes that n = 4, f = 1 and seven rounds give', () => {
    const count = (rounds: number, leaders: 'rotation' | 'free') =>
      createTwinsSpace({ nodes: 4, twins: 1, rounds, leaders }).count;
    // Rotating: four first leaders, 16 partitions a round, of which 8 look the same when the twins change places.
    for (let rounds = 1; rounds <= 7; rounds++)
      expect(count(rounds, 'rotation')).toBe((4 * (16 ** rounds + 8 ** rounds)) / 2);
    // Free: Burnside over six orders of the honest nodes and two of the twins.
    expect(count(7, 'free')).toBe(369_434_823_360);
  });

  it('is gone through in a drawn order without repetition, by ranges that share nothing', () => {
    const options = { nodes: 4, twins: 1, rounds: 3, seed: 7 };
    const { count } = createTwinsSpace(options);
    const part = (from: number, to: number) => [...enumerateTwins({ ...options, from, to })].map(({ index }) => index);
    const drawn = [...part(0, 1_000), ...part(1_000, 5_000), ...part(5_000, count)];
    expect(new Set(drawn).size).toBe(count);
    expect(drawn.slice(0, 100)).not.toEqual(drawn.toSorted((a, b) => a - b).slice(0, 100));
    expect(part(0, 100)).toEqual(drawn.slice(0, 100));
    expect([...enumerateTwins({ ...options, seed: 8, to: 100 })].map(({ index }) => index)).not.toEqual(part(0, 100));
  });

  it('repeats nothing where the power of four above its size is beyond 2^53 either', () => {
    const options = { nodes: 5, twins: 2, rounds: 7, leaders: 'free', seed: 1 } as const;
    const at = (position: number): number | undefined => {
      const [scenario] = enumerateTwins({ ...options, from: position, to: position + 1 });
      return scenario?.index;
    };
    expect(createTwinsSpace(options).count).toBeGreaterThan(2 ** 52);
    // Two positions that a walk in rounded numbers brings together.
    expect(at(1)).not.toBe(at(3_823_053_061_558_620));
    expect(at(16)).not.toBe(at(2_400_136_372_100_465));
  });

  it('refuses sizes and positions that it does not have', () => {
    const code = expect.objectContaining({ data: expect.objectContaining({ code: 'INVALID_OPTION' }) });
    expect(() => createTwinsSpace({ nodes: 8, twins: 1, rounds: 1 })).toThrow(code);
    expect(() => createTwinsSpace({ nodes: 4, twins: 3, rounds: 1 })).toThrow(code);
    expect(() => createTwinsSpace({ nodes: 4, twins: 1, rounds: 8 })).toThrow(code);
    const space = createTwinsSpace({ nodes: 4, twins: 1, rounds: 1 });
    expect(() => space.at(space.count)).toThrow(code);
    expect(() => [...enumerateTwins({ nodes: 4, twins: 1, rounds: 1, to: space.count + 1 })]).toThrow(code);
  });
});
