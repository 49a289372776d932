/**
 * Lives of engines among twins, from which golden vectors are made.
 *
 * @module
 */
import type {
  BlockId,
  ConsensusPlugin,
  ConsensusRules,
  EraStart,
  RulesContext,
  SignedMessage,
  Tip,
} from '@fiducia/consensus';
import { enumerateTwins, runTwins } from '@fiducia/simulator';
import { TWINS_SPACE, twinsSubjectOf } from '../faults/twins.ts';
import { sha256 } from '../inspect/hash.ts';
import { withParts } from '../sample/with-parts.ts';
import { type ConformanceSubject, pluginUnderTest } from '../subject.ts';
import { type GoldenEngineLife, type GoldenTip, weightOf } from './engine-life.ts';

/** Scenarios that are played, and lives of each sort that are kept. */
const SCENARIOS = 1_000;
const KEPT = { weight: 3, places: 1 } as const;
/** Inputs of a life; what comes later is left out. */
const INPUTS_MAX = 120;

type Inputs = GoldenEngineLife['inputs'][number][];

/** One engine while it lives. */
interface Watched {
  readonly self: GoldenEngineLife['self'];
  begin: GoldenEngineLife['begin'] | null;
  readonly inputs: Inputs;
}

/** One network while it runs. */
interface Scene {
  config: unknown;
  context: RulesContext | null;
  rules: ConsensusRules<unknown> | null;
  /** Static checks start rules, too, and on headers that are none. */
  readonly starts: EraStart[];
  readonly blocks: Map<BlockId, GoldenEngineLife['blocks'][number]>;
  readonly engines: Watched[];
}

/** A life, and how much there was to decide in it. */
interface Rated {
  readonly scenario: number;
  readonly life: GoldenEngineLife;
  /** How much the weightiest message asked it to weigh. */
  readonly weight: number;
  /** Places for which somebody signed something. */
  readonly places: number;
}

/** The lives in which engines had most to decide; none where the subject does not name `twins`. */
export async function recordEngineLives(
  given: ConformanceSubject,
  seed: number,
  scenarios: number = SCENARIOS,
): Promise<readonly GoldenEngineLife[]> {
  const { twins } = given;
  if (twins === undefined) return [];
  let best: readonly Rated[] = [];
  for (const scenario of enumerateTwins({ ...TWINS_SPACE, seed, from: 0, to: scenarios })) {
    const scene: Scene = { config: null, context: null, rules: null, starts: [], blocks: new Map(), engines: [] };
    const { plugin } = pluginUnderTest(given);
    await runTwins({ subject: twinsSubjectOf(given, twins, watched(plugin, scene)), scenario, sha256 });
    best = bestOf([...best, ...livesOf(scene, scenario.index)]);
  }
  return best.map(({ life }) => life);
}

/** Of each scenario one life; those with most to weigh first, then those with most places. */
function bestOf(lives: readonly Rated[]): readonly Rated[] {
  const kept: Rated[] = [];
  for (const rate of ['weight', 'places'] as const) {
    let left: number = KEPT[rate];
    for (const candidate of lives.toSorted((a, b) => b[rate] - a[rate])) {
      if (left === 0) break;
      if (kept.some(({ scenario }) => scenario === candidate.scenario)) continue;
      kept.push(candidate);
      left -= 1;
    }
  }
  return kept;
}

function livesOf({ config, context, rules, starts, blocks, engines }: Scene, scenario: number): readonly Rated[] {
  const start = starts.find(({ parent }) => [...blocks.values()].some(({ header }) => header.parentId === parent.id));
  if (context === null || rules === null || start === undefined) return [];
  const { chainId, era } = context;
  return engines.flatMap(({ self, begin, inputs: all }, node): Rated[] => {
    if (begin === null) return [];
    const inputs = all.slice(0, INPUTS_MAX);
    const messages = inputs.flatMap(({ input }) => (input.kind === 'messageReceived' ? [input.message] : []));
    const headers = inputs.flatMap(({ input }) => ('header' in input && input.header ? [input.header] : []));
    const names = [...new Map(headers.map(({ id, sealHash }) => [id, sealHash])).values()];
    const name = `machine ${node} in scenario ${scenario}`;
    const life = { name, config, chainId, era, start, blocks: [...blocks.values()], self, begin, inputs };
    const keyOf = (message: SignedMessage): string => String(rules.conflictKey?.({ kind: 'message', message }));
    const weight = Math.max(0, ...messages.map((message) => weightOf(message, rules, names)));
    return [{ scenario, life, weight, places: new Set(messages.map(keyOf)).size }];
  });
}

/** The same plugin, which writes down what its rules and engines are told. */
function watched(plugin: ConsensusPlugin, scene: Scene): ConsensusPlugin {
  return withParts(plugin, {
    parseConfig(raw) {
      scene.config = raw;
      return plugin.parseConfig(raw);
    },
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      scene.context = context;
      scene.rules = rules;
      return withParts(rules, {
        initialState(given) {
          const start = { ...given, census: [...given.census] };
          scene.starts.push(start);
          return rules.initialState(start);
        },
        applyHeader(state, header, facts) {
          if (!scene.blocks.has(header.id)) scene.blocks.set(header.id, { header, facts: [...facts] });
          return rules.applyHeader(state, header, facts);
        },
      });
    },
    ...(plugin.createEngine && {
      createEngine(config, rules, context) {
        const engine = plugin.createEngine?.(config, rules, context);
        if (engine === undefined) throw new TypeError(`${plugin.name} made no engine`);
        const life: Watched = { self: context.self, begin: null, inputs: [] };
        scene.engines.push(life);
        return {
          start(start, now) {
            life.begin = { ...start, head: nameOf(start.head), now };
            return engine.start(start, now);
          },
          on(input, now) {
            const named = input.kind === 'headChanged' ? { ...input, head: nameOf(input.head) } : input;
            life.inputs.push({ input: named, now });
            return engine.on(input, now);
          },
        };
      },
    }),
  });
}

function nameOf({ header, totalWeight }: Tip<unknown>): GoldenTip {
  return { id: header.id, totalWeight };
}
