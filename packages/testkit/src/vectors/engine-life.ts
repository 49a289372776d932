/**
 * Lives of engines as golden vectors: what each was told, also with a message a little changed, and what it did.
 *
 * @module
 */
import type {
  ActorId,
  BlockId,
  Bytes,
  Claim,
  ConsensusEngine,
  ConsensusHeader,
  ConsensusPlugin,
  ConsensusRules,
  Effect,
  EngineStart,
  EraStart,
  Fact,
  HashFunction,
  Input,
  Millis,
  ProtocolId,
  SignedMessage,
  Tip,
} from '@fiducia/consensus';
import { describeInput } from '../describe.ts';
import { fingerprint } from '../inspect/fingerprint.ts';
import { positionOf } from '../mutate.ts';
import type { Answer } from './life.ts';

/** A tip, whose state follows from the blocks. */
export interface GoldenTip {
  readonly id: BlockId;
  readonly totalWeight: bigint;
}

/** An input with heads by name. */
type GoldenInput =
  | Exclude<Input<unknown>, { kind: 'headChanged' }>
  | { readonly kind: 'headChanged'; readonly head: GoldenTip };

/** The life of one engine among others. */
export interface GoldenEngineLife {
  /** Which one of which network. */
  readonly name: string;
  /** As given to `parseConfig`. */
  readonly config: unknown;
  readonly chainId: Bytes;
  readonly era: number;
  readonly start: EraStart;
  /** Parents first. */
  readonly blocks: readonly { readonly header: ConsensusHeader; readonly facts: readonly Fact[] }[];
  /** Whose engine it is. */
  readonly self: ActorId | null;
  readonly begin: Omit<EngineStart<unknown>, 'head'> & { readonly head: GoldenTip; readonly now: Millis };
  readonly inputs: readonly { readonly input: GoldenInput; readonly now: Millis }[];
}

/** Messages of a life that are changed: those that quote most, and of each length some, spread over it. */
const CHANGED_QUOTING = 3;
const CHANGED_OF_LENGTH = 6;
/** What a changed message does shows soon. */
const INPUTS_AFTER_CHANGE = 20;
/** Where numbers are small they end behind a zero; of digests and signatures some bytes will do. */
const OTHER_BYTES_EVERY = 16;

type Rules = ConsensusRules<unknown>;
type Arrival = Extract<Input<unknown>, { kind: 'messageReceived' }>;
interface Step {
  readonly input: Input<unknown>;
  readonly now: Millis;
}

/** All answers of an engine, always in the same order and number for the same life. */
export function* engineAnswers(
  plugin: ConsensusPlugin,
  life: GoldenEngineLife,
  { protocol, sha256 }: { readonly protocol: ProtocolId; readonly sha256: HashFunction },
): Iterable<Answer> {
  const { chainId, era, self, begin } = life;
  const config = plugin.parseConfig(life.config);
  const context = { chainId, era, protocol, sha256 };
  const rules = plugin.createRules(config, context);
  const tips = tipsOf(life, rules);
  const tipOf = ({ id, totalWeight }: GoldenTip): Tip<unknown> => {
    const tip = tips.get(id);
    if (tip === undefined) throw new RangeError(`block ${id} is not among those of ${life.name}`);
    return { ...tip, totalWeight };
  };
  const steps = life.inputs.map(({ input, now }): Step => {
    return { now, input: input.kind === 'headChanged' ? { ...input, head: tipOf(input.head) } : input };
  });
  const create = (): ConsensusEngine<unknown> | undefined => plugin.createEngine?.(config, rules, { ...context, self });
  const start = { ...begin, head: tipOf(begin.head) };

  const done = play(create(), start, steps);
  yield {
    height: start.head.header.height,
    complaint: `the engine of ${life.name} starts otherwise`,
    text: done[0] ?? '',
  };
  for (const [index, { input, now }] of steps.entries()) {
    const complaint = `the engine of ${life.name} answers otherwise at ${now}: ${describeInput(input)}`;
    yield { height: 0, complaint, text: done[index + 1] ?? '' };
  }
  for (const index of changedSteps(steps, rules)) {
    const { input, now } = steps[index] as Step & { readonly input: Arrival };
    const texts = changesOf(input.message, rules).map((message) => {
      const changed = { now, input: { ...input, message } };
      const played = steps.with(index, changed).slice(0, index + INPUTS_AFTER_CHANGE);
      return play(create(), start, played, index).join('\n');
    });
    const complaint = `the engine of ${life.name} answers otherwise from ${now} on, when its author says something else: ${describeInput(input)}`;
    yield { height: 0, complaint, text: texts.join('\n') };
  }
}

function tipsOf({ start, blocks }: GoldenEngineLife, rules: Rules): ReadonlyMap<BlockId, Tip<unknown>> {
  const { parent } = start;
  const first = { header: parent, state: rules.initialState(start), totalWeight: 0n };
  const tips = new Map<BlockId, Tip<unknown>>([[parent.id, first]]);
  for (const { header, facts } of blocks) {
    const below = tips.get(header.parentId);
    if (below !== undefined)
      tips.set(header.id, { ...first, header, state: rules.applyHeader(below.state, header, facts) });
  }
  return tips;
}

/** What it did, call by call; what it only told of itself does not count. @param from - Input of which the effects count first. */
function play(
  engine: ConsensusEngine<unknown> | undefined,
  start: EngineStart<unknown> & { readonly now: Millis },
  steps: readonly Step[],
  from = -1,
): readonly string[] {
  const textOf = (effects: readonly Effect[]): string => fingerprint(effects.filter(({ kind }) => kind !== 'trace'));
  if (engine === undefined) return [];
  const started = engine.start(start, start.now);
  const texts = from < 0 ? [textOf(started)] : [];
  for (const [index, { input, now }] of steps.entries()) {
    const effects = engine.on(input, now);
    if (index >= from) texts.push(textOf(effects));
  }
  return texts;
}

function changedSteps(steps: readonly Step[], rules: Rules): readonly number[] {
  const arrivals = steps.flatMap(({ input }, index) => (input.kind === 'messageReceived' ? [{ index, input }] : []));
  const known = new Set<string>();
  const fresh = arrivals.filter(({ input: { message } }) => {
    const text = fingerprint([message.author, message.payload]);
    return known.has(text) ? false : known.add(text);
  });
  const quoting = fresh
    .toSorted((a, b) => distinctQuotes(b.input.message, rules) - distinctQuotes(a.input.message, rules))
    .slice(0, CHANGED_QUOTING);
  const rest = fresh.filter((item) => !quoting.includes(item));
  // Messages of one sort have one length, most often, and some sorts are rare.
  const lengthOf = ({ input }: (typeof rest)[number]): number => input.message.payload.length;
  const others = [...new Set(rest.map(lengthOf))].flatMap((length) => {
    return spread(
      rest.filter((item) => lengthOf(item) === length),
      CHANGED_OF_LENGTH,
    );
  });
  return [...quoting, ...others].map(({ index }) => index).sort((a, b) => a - b);
}

/** Some of a list, from its beginning to its end. */
function spread<T>(list: readonly T[], max: number): readonly T[] {
  const count = Math.min(max, list.length);
  return list.filter(
    (_, index) => Math.floor((index * count) / list.length) !== Math.floor(((index - 1) * count) / list.length),
  );
}

/** How many different statements a message quotes. */
function distinctQuotes(message: SignedMessage, rules: Rules): number {
  return new Set(quotesOf(message, rules).map((claim) => fingerprint('data' in claim ? claim.data : claim))).size;
}

/** How much a message asks to be weighed: the blocks that it names first of all, then what it quotes. */
export function weightOf(message: SignedMessage, rules: Rules, names: readonly Bytes[]): number {
  const named = names.filter((name) => positionOf(name, message.payload) >= 0).length;
  return named * QUOTES_MAX + Math.min(QUOTES_MAX - 1, distinctQuotes(message, rules));
}

const QUOTES_MAX = 1_000;

function quotesOf(message: SignedMessage, rules: Rules): readonly Claim[] {
  return rules.messageClaims?.(message) ?? [];
}

/** What its author could have signed in its place: a byte is one more or one less, and all that others signed still holds. */
function changesOf(message: SignedMessage, rules: Rules): readonly SignedMessage[] {
  const { author, payload } = message;
  const quotes = quotesOf(message, rules);
  return [...payload.keys()].flatMap((byte) => {
    const isNumber = payload[byte - 1] === 0;
    const steps = isNumber ? [1, -1] : byte % OTHER_BYTES_EVERY === 0 ? [1] : [];
    const changes = steps.map((step) => ({ ...message, payload: payload.with(byte, (payload[byte] ?? 0) + step) }));
    return changes.filter((changed) => couldSign(author, quotes, quotesOf(changed, rules)));
  });
}

/** A liar signs anew what it said itself; whatever others signed has to be there as they signed it. */
function couldSign(author: ActorId, before: readonly Claim[], after: readonly Claim[]): boolean {
  return (
    before.length === after.length &&
    after.every((claim, index) => {
      const earlier = before[index];
      if (fingerprint(claim) === fingerprint(earlier)) return true;
      if (claim.kind !== 'signature' || earlier?.kind !== 'signature') return false;
      const isSameSignature = fingerprint(claim.signature) === fingerprint(earlier.signature);
      return claim.signer === author && earlier.signer === author && isSameSignature;
    })
  );
}
