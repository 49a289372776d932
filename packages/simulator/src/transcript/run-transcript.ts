/**
 * Plays a transcript: a scenario in commands, and in words what whole nodes made of it.
 *
 * @module
 */
import type { HashFunction, Millis } from '@fiducia/consensus';
import { STRATEGIES, type StrategyName } from '../adversary/disguise.ts';
import type { Machine } from '../machine/machine.ts';
import { createRunWorld, type RunWorld } from '../run/create-world.ts';
import { type FaultPlan, nodeNameOf } from '../run/fault-plan.ts';
import type { WorldNode } from '../run/world.ts';
import { requireSubject, type Subject } from '../subject.ts';
import { Chronicler } from './chronicler.ts';
import { requireGrammar, requireNode, requireOnce } from './grammar.ts';
import { invalid, parseTranscript, SEPARATOR, type TranscriptCommand } from './parse.ts';

/** What transcripts may name. */
export interface TranscriptOptions {
  /** Subjects by the name that follows `network`. */
  readonly subjects: ReadonlyMap<string, Subject>;
  /** What `show NAME` prints of the first honest node that runs, one entry a line. */
  readonly inspectors?: ReadonlyMap<string, (node: WorldNode, nameOf: (actor: string) => string) => readonly string[]>;
  /** SHA-256 for streams and stand-in signatures. */
  readonly sha256: HashFunction;
}

/**
 * Plays all commands of a transcript and writes the transcript again with what they print now. A caller that compares
 * it with the text it gave has a golden test that people can read, and one that stores it has brought it up to date.
 *
 * Comments begin with `#`. Behind a command stands a line `----`, then its output up to a blank line.
 *
 * | command | what it does |
 * |---|---|
 * | `network SUBJECT nodes=4 seed=1 adversary=node-3:equivocate` | starts a network; `adversary` as often as there are, separated by commas |
 * | `run 5` | lets so many slots pass and tells what happened |
 * | `kill node-1`, `restart node-1` | ends a machine without warning, starts it again |
 * | `partition node-0 node-1` | cuts these off from all others |
 * | `heal` | restores all links |
 * | `heads` | says where every running node stands |
 * | `show NAME` | prints what an inspector of the caller sees |
 *
 * `block 5'` is the second block of height 5 that anybody knew. An event that all running honest nodes saw in one slot
 * is told without names.
 *
 * @throws {@link SimulationError} with `TRANSCRIPT_INVALID` for a command that it does not know or that would have no
 *   effect, and for words, settings and nodes that there are not; with `EVENT_FAILED` when a node fails.
 * @see docs/spec/simulation.md, section 5.
 * @example
 * ```ts
 * const text = readFileSync('partition.txt', 'utf8');
 * expect(await runTranscript(text, { subjects, sha256 })).toBe(text);
 * ```
 */
export async function runTranscript(text: string, options: TranscriptOptions): Promise<string> {
  let output = '';
  const player = new Player(options);
  const { commands, below } = parseTranscript(text);
  for (const command of commands) requireGrammar(command);
  for (const command of commands) {
    const lines = await player.play(command);
    const source = text.split('\n')[command.line - 1] ?? '';
    output += `${command.above}${[source, SEPARATOR, ...lines].join('\n')}\n\n`;
  }
  // One line end behind the last output, as editors leave it.
  return below === '' ? output.replace(/\n\n$/, '\n') : output + below;
}

interface Stage {
  readonly world: RunWorld;
  readonly chronicler: Chronicler;
  readonly startTime: Millis;
  readonly slotMs: Millis;
}

const NODES_MAX = 64;
const RUN_SLOTS_MAX = 10_000;

class Player {
  readonly #options: TranscriptOptions;
  #stage: Stage | null = null;
  #slot = 0;

  constructor(options: TranscriptOptions) {
    this.#options = options;
  }

  async play(command: TranscriptCommand): Promise<readonly string[]> {
    switch (command.name) {
      case 'network':
        return await this.#network(command);
      case 'run':
        return await this.#run(command);
      case 'kill':
        return this.#kill(command);
      case 'restart':
        return this.#restart(command);
      case 'partition':
        this.#require(command).world.simulation.partition([this.#machines(command).map(({ name }) => name)]);
        return [];
      case 'heal':
        this.#require(command).world.simulation.heal();
        return [];
      case 'heads':
        return this.#heads(command);
      case 'show':
        return this.#show(command);
      default:
        throw invalid(command.line, `unknown command ${command.name}`);
    }
  }

  async #network({ words: [name = ''], settings, line }: TranscriptCommand): Promise<readonly string[]> {
    const subject = this.#options.subjects.get(name);
    if (subject === undefined) throw invalid(line, `unknown subject ${name}`);
    requireSubject(subject);
    const nodes = integerOf(settings.get('nodes') ?? '4', 1, NODES_MAX, line);
    const seed = integerOf(settings.get('seed') ?? '1', 0, Number.MAX_SAFE_INTEGER, line);
    const plan = planOf(nodes, adversariesOf(settings.get('adversary'), nodes, line));
    const { sha256 } = this.#options;
    const onLife = (node: WorldNode): void => {
      if (node.isHonest) chronicler.watch(node);
    };
    const world = await createRunWorld({ subject, seed, plan, sha256, invariants: [], onLife });
    const { simulation, slotMs } = world;
    const startTime = simulation.now();
    const nameOf = (actor: string): string => nameOfActor(world, actor);
    const chronicler = new Chronicler({ startTime, slotMs, nameOf, now: () => simulation.now() });
    for (const machine of [...world.machines, ...world.twins.values()]) startSoon(world, machine);
    this.#stage = { world, chronicler, startTime, slotMs };
    this.#slot = 0;
    return [`${nodes} nodes${describeAdversaries(plan)}`];
  }

  async #run(command: TranscriptCommand): Promise<readonly string[]> {
    const { world, chronicler, startTime, slotMs } = this.#require(command);
    const slots = integerOf(command.words[0] ?? '', 1, RUN_SLOTS_MAX, command.line);
    const from = this.#slot;
    this.#slot += slots;
    await world.simulation.runUntil(startTime + this.#slot * slotMs - 1);
    const all = runningHonest(world).map(({ name }) => name);
    return [...chronicler.take(from, this.#slot - 1, all), ...this.#heads(command)];
  }

  #kill(command: TranscriptCommand): readonly string[] {
    for (const machine of this.#machines(command)) {
      if (!machine.kill()) throw invalid(command.line, `${machine.name} does not run`);
    }
    return [];
  }

  #restart(command: TranscriptCommand): readonly string[] {
    const { world } = this.#require(command);
    for (const machine of this.#machines(command)) {
      if (machine.isUp) throw invalid(command.line, `${machine.name} runs already`);
      startSoon(world, machine);
    }
    return [];
  }

  #heads(command: TranscriptCommand): readonly string[] {
    const { world, chronicler } = this.#require(command);
    const nodesByHead = new Map<string, string[]>();
    for (const { name, host } of runningHonest(world)) {
      const label = chronicler.labelOf(host.head().header);
      nodesByHead.set(label, [...(nodesByHead.get(label) ?? []), name]);
    }
    if (nodesByHead.size === 1) return [`all at ${[...nodesByHead.keys()].join()}`];
    return [...nodesByHead].map(([label, names]) => `${names.join(', ')} at ${label}`);
  }

  #show(command: TranscriptCommand): readonly string[] {
    const { world } = this.#require(command);
    const [name = ''] = command.words;
    const inspector = this.#options.inspectors?.get(name);
    const [node] = runningHonest(world);
    if (inspector === undefined || node === undefined) throw invalid(command.line, `nothing to show as ${name}`);
    return inspector(node, (actor) => nameOfActor(world, actor));
  }

  #machines({ words, line, ...command }: TranscriptCommand): readonly Machine[] {
    const { machines } = this.#require({ words, line, ...command }).world;
    const indices = words.map((name) => requireNode(name, machines.length, line));
    return machines.filter(({ index }) => indices.includes(index));
  }

  #require({ line }: TranscriptCommand): Stage {
    if (this.#stage === null) throw invalid(line, 'no network was started');
    return this.#stage;
  }
}

/** A machine reads its disk first, which takes an event at least. */
function startSoon({ simulation }: RunWorld, machine: Machine): void {
  simulation.schedule(simulation.now(), `start/${machine.name}`, () => machine.start());
}

function runningHonest({ machines }: RunWorld): readonly WorldNode[] {
  return machines.filter(({ isHonest, isUp }) => isHonest && isUp);
}

function nameOfActor({ machines }: RunWorld, actor: string): string {
  return machines.find(({ actorId }) => actorId === actor)?.name ?? 'nobody';
}

function planOf(nodes: number, adversaries: FaultPlan['adversaries']): FaultPlan {
  const coreNodes = Array.from({ length: nodes }, (_, node) => node);
  // Disks without delay, so that the times of a transcript are those of the protocol.
  const disk = { syncMs: { min: 0, max: 0 } };
  return { nodes, slots: 1, conditions: {}, disk, faults: [], adversaries, workload: [], coreNodes, outside: [] };
}

function adversariesOf(text: string | undefined, nodes: number, line: number): FaultPlan['adversaries'] {
  if (text === undefined) return [];
  const pairs = text.split(',').map((one) => {
    const [, node = '', name = ''] = /^(node-\d+):(\w+)$/.exec(one) ?? [];
    const strategy = STRATEGIES.find((known): known is StrategyName => known === name);
    if (strategy === undefined) throw invalid(line, `no adversary ${one}`);
    return { node, strategy };
  });
  requireOnce(
    pairs.map(({ node }) => node),
    line,
  );
  return pairs.map(({ node, strategy }) => ({ node: requireNode(node, nodes, line), strategy }));
}

function describeAdversaries({ adversaries }: FaultPlan): string {
  return adversaries.map(({ node, strategy }) => `, ${nodeNameOf(node)} does ${strategy}`).join('');
}

function integerOf(text: string, min: number, max: number, line: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (value < min || value > max) throw invalid(line, `${text || 'an empty text'} is no integer from ${min} to ${max}`);
  return value;
}
