/**
 * Engines and rules bear whatever arrives, within their limits and without growing (contract CK-05).
 *
 * @module
 */
import { type ConsensusEngine, type Effect, type Input, isConsensusError, type Millis } from '@fiducia/consensus';
import { describeEffect, describeInput, describeThrown } from '../describe.ts';
import { sendStorm } from '../faults/message-storm.ts';
import { Duties } from '../hostile/duties.ts';
import {
  drawInput,
  drawMessage,
  FLOODS,
  type Flood,
  floodInput,
  type Material,
  materialOf,
} from '../hostile/inputs.ts';
import { CollectionWatch, settledHeapBytes } from '../inspect/growth.ts';
import { Findings, type KitItem, skipped } from '../item.ts';
import type { EngineSession, Sample } from '../sample/sample.ts';
import { shrinkList } from '../shrink-list.ts';

const HOSTILE_PER_ENGINE = 2_500;
const ENGINES = 3;
const STEP_MAX_MS = 400;
/** A limit that nobody declares is at most some thousands, so what still grows in the second half has none. */
const FLOOD_INPUTS = 12_000;
/** In which every buffer fills up that an engine declares; the largest of a host has 65 536 entries. */
const FILL_INPUTS_MAX = 72_000;
/** Bytes per input: less is the noise of the runtime, more is at least one kept object for each. */
const HEAP_GROWTH_MAX = 48;
const SHRINK_RUNS_MAX = 120;

/** What people write into configuration files by mistake. */
const JUNK_CONFIGS: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1.5,
  '',
  'text',
  true,
  [],
  [1],
  { slotMs: 'x' },
  { slotMs: -1 },
  { validators: 7 },
  { validators: [null] },
  { unknown: {} },
];

/** One call of an engine. */
interface Step {
  readonly input: Input<unknown>;
  readonly now: Millis;
}

/** The requirement. */
export const totality: KitItem = {
  id: 'CK-05',
  title:
    'engines are total under junk, repeats and reordering; effects, timers, requests and memory stay within limits',
  level: 'engine',
  async run(context) {
    const findings = new Findings();
    const sample = await context.sample();
    const sessions = sample.sessions.filter(({ records }) => records[0]?.kind === 'engineStarted');
    const material = materialOf(sample, context.random('hostile'));
    bearRules(sample, material, findings);
    if (sessions.length === 0) return findings.isEmpty ? skipped('the plugin has no engine') : findings.outcome();
    for (const session of sessions.slice(0, ENGINES)) await bear(sample, session, material, findings);
    const [first] = sessions;
    for (const flood of FLOODS) if (first !== undefined) withstand(sample, first, flood, material, findings);
    if (findings.isEmpty) await sendStorm(context, sample, findings);
    return findings.outcome();
  },
};

/** Rules that see raw bytes of peers, and configurations that somebody mistyped. */
function bearRules(sample: Sample, material: Material, findings: Findings): void {
  const { plugin, seed } = sample;
  const rules = sample.createRules();
  const add = (message: string, trace: string): void => {
    findings.add({ rule: 'contract H-17', message, trace: [trace], seed });
  };
  for (let count = 0; count < HOSTILE_PER_ENGINE; count++) {
    const input = drawMessage(material);
    findings.count('hostile messages');
    try {
      const key = rules.conflictKey?.({ kind: 'message', message: input.message });
      if (key !== undefined && !key.startsWith(input.message.author))
        add(`the conflict key ${key} does not start with the author`, key);
      rules.messageClaims?.(input.message);
    } catch (thrown) {
      add(`conflictKey or messageClaims throws: ${describeThrown(thrown)}`, describeInput(input));
    }
  }
  for (const raw of JUNK_CONFIGS) {
    findings.count('mistyped configurations');
    try {
      plugin.parseConfig(raw);
    } catch (thrown) {
      if (isConsensusError(thrown, 'INVALID_CONFIG')) continue;
      add(`parseConfig throws ${describeThrown(thrown)} instead of INVALID_CONFIG`, JSON.stringify(raw) ?? String(raw));
    }
  }
}

/** A new engine at the start of the session. */
function createEngine(sample: Sample, { self, records }: EngineSession): ConsensusEngine<unknown> | undefined {
  const { plugin, config, context } = sample;
  const engine = plugin.createEngine?.(config, sample.createRules(), { ...context, self });
  const [first] = records;
  if (first?.kind === 'engineStarted') engine?.start(first.start, first.now);
  return engine;
}

/** Hostile inputs between those of an ordinary life. */
async function bear(sample: Sample, session: EngineSession, material: Material, findings: Findings): Promise<void> {
  const { random } = material;
  const engine = createEngine(sample, session);
  if (engine === undefined) return;
  const duties = new Duties();
  const ordinary = session.records.flatMap((record) => (record.kind === 'inputHandled' ? [record] : []));
  const steps: Step[] = [];
  let now = session.records[0]?.now ?? 0;
  for (let count = 0; count < HOSTILE_PER_ENGINE; count++) {
    const next = ordinary[Math.floor((count * ordinary.length) / HOSTILE_PER_ENGINE)];
    now = Math.max(now + random.integer(0, STEP_MAX_MS), random.chance(500) ? 0 : (next?.now ?? 0));
    const input =
      random.chance(250) && next !== undefined
        ? next.input
        : (answer(duties, material) ?? drawInput(material, duties.timers));
    steps.push({ input, now });
    findings.count('hostile inputs');
    const problem = call(engine, duties, { input, now });
    if (problem === undefined) continue;
    const isSame = (some: readonly Step[]): boolean => firstProblem(sample, session, some) === problem;
    const shrunk = await shrinkList(steps, isSame, SHRINK_RUNS_MAX);
    const trace = [`${shrunk.length} of ${steps.length} inputs suffice:`, ...shrunk.map(describeStep)];
    findings.add({ rule: 'contract CK-05', message: `the engine ${problem}`, trace, seed: sample.seed });
    return;
  }
}

/** Answers the oldest request in the negative now and then, as a host does when time is up. */
function answer(duties: Duties, { random }: Material): Input<unknown> | undefined {
  const [oldest] = duties.open;
  if (oldest === undefined || random.chance(500)) return undefined;
  const { requestId, effect } = oldest;
  switch (effect.kind) {
    case 'buildBlock':
      return { kind: 'blockBuilt', requestId, header: null };
    case 'fetchBlock':
      return { kind: 'blockFetched', requestId, header: null };
    case 'validateBlock':
      return { kind: 'blockValidated', blockId: effect.blockId, result: 'unavailable' };
    case 'proveVrf':
      return { kind: 'vrfProved', requestId, output: random.bytes(32), proof: random.bytes(81) };
    default:
      return undefined;
  }
}

/** One call. @returns What is wrong, if anything. */
function call(engine: ConsensusEngine<unknown>, duties: Duties, { input, now }: Step): string | undefined {
  duties.delivered(input);
  let effects: readonly Effect[];
  try {
    effects = engine.on(input, now);
  } catch (thrown) {
    return `throws on ${input.kind}: ${describeThrown(thrown)}`;
  }
  const problem = duties.returned(effects) ?? overfull(engine);
  return problem === undefined ? undefined : `breaks a limit: ${problem}`;
}

/** A buffer that is fuller than the engine itself says that it gets. */
function overfull(engine: ConsensusEngine<unknown>): string | undefined {
  const buffer = engine.usage?.().find(({ count, max }) => count > max);
  return buffer && `${buffer.name} has ${buffer.count} entries, at most ${buffer.max} are allowed`;
}

function firstProblem(sample: Sample, session: EngineSession, steps: readonly Step[]): string | undefined {
  const engine = createEngine(sample, session);
  const duties = new Duties();
  for (const step of steps) {
    const problem = engine && call(engine, duties, step);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function describeStep({ input, now }: Step): string {
  return `${now}: ${describeInput(input)}`;
}

/** A flood of one kind of input, none like another: what it leaves behind must not follow its length. */
function withstand(sample: Sample, session: EngineSession, flood: Flood, material: Material, findings: Findings): void {
  const watch = new CollectionWatch();
  const engine = createEngine(sample, session);
  if (engine === undefined) return;
  let now = session.records[0]?.now ?? 0;
  let kinds: readonly string[] = [];
  let overflow: string | undefined;
  const pour = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const input = floodInput(flood, material);
      now += 1;
      const effects = watch.run(() => engine.on(input, now));
      kinds = effects.map(describeEffect);
    }
    overflow ??= overfull(engine);
  };
  const half = FLOOD_INPUTS / 2;
  const filled = fill(engine, () => pour(half), half);
  const [sizes, bytes] = [watch.sizes, settledHeapBytes()];
  watch.reset();
  pour(half);
  const [later, laterBytes] = [watch.sizes, settledHeapBytes()];
  findings.count('inputs of floods', filled + half);
  const trace = [`${filled + half} inputs: ${flood}`, `effects of the last one: ${kinds.join(', ') || 'none'}`];
  const add = (message: string): void => findings.add({ rule: 'contract CK-05', message, trace, seed: sample.seed });
  if (overflow !== undefined) add(`the engine breaks its own limit after a flood of ${flood}: ${overflow}`);
  for (const kind of ['Map', 'Set', 'Array'] as const) {
    const grown = later[kind] - sizes[kind];
    if (grown >= half / 2)
      add(`an unbounded ${kind} in the engine: it holds ${later[kind]} entries after a flood of ${flood}`);
  }
  const perInput = (laterBytes - bytes) / half;
  if (perInput <= HEAP_GROWTH_MAX || !findings.isEmpty) return;
  // Only what goes on growing counts: the runtime may have had reasons of its own.
  const before = settledHeapBytes();
  pour(half);
  const again = (settledHeapBytes() - before) / half;
  if (again > HEAP_GROWTH_MAX)
    add(`the engine keeps about ${Math.round(again)} bytes for every input of a flood of ${flood}`);
}

/** Pours until no buffer of which the engine tells gets any fuller, or is full. @returns How many inputs that took. */
function fill(engine: ConsensusEngine<unknown>, pour: () => void, count: number): number {
  const most = new Map<string, number>();
  let isFilling = true;
  let inputs = 0;
  while (isFilling && inputs < FILL_INPUTS_MAX) {
    pour();
    inputs += count;
    isFilling = false;
    for (const buffer of engine.usage?.() ?? []) {
      isFilling ||= buffer.count < buffer.max && buffer.count > (most.get(buffer.name) ?? 0);
      most.set(buffer.name, Math.max(buffer.count, most.get(buffer.name) ?? 0));
    }
  }
  return inputs;
}
