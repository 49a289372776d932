/**
 * Inputs that a host may deliver and nobody expects: junk in authentic messages, repetitions, answers to nothing.
 *
 * @module
 */
import type { ActorId, Bytes, ConsensusHeader, Input, Millis, SignedMessage, Tip } from '@fiducia/consensus';
import type { RandomStream } from '@fiducia/simulator';
import { sha256, toHex } from '../inspect/hash.ts';
import { flipBit, mutateBytes } from '../mutate.ts';
import type { Sample } from '../sample/sample.ts';

/** What hostile inputs are made from. */
export interface Material {
  readonly members: readonly ActorId[];
  readonly tips: readonly Tip<unknown>[];
  readonly messages: readonly SignedMessage[];
  readonly random: RandomStream;
  /** Whether a message quotes signatures: a host would find out that they do not hold once anything is changed. */
  readonly quotes: (message: SignedMessage) => boolean;
}

/** Kinds of inputs that somebody else causes, as often as they like. */
export const FLOODS = [
  'messages of members',
  'messages of one member, nearly right',
  'messages of strangers',
  'new heads',
  'answers to nothing',
] as const;

/** One of {@link FLOODS}. */
export type Flood = (typeof FLOODS)[number];

const RANDOM_BYTES_MAX = 200;
const ID_BYTES = 16;
const FAR_HEIGHT = 1_000_000;

/** What the sample offers. */
export function materialOf(sample: Sample, random: RandomStream): Material {
  const rules = sample.createRules();
  const quotes = (message: SignedMessage): boolean => (rules.messageClaims?.(message) ?? []).length > 0;
  const messages = sample.sessions.flatMap(({ records }) =>
    records.flatMap((record) =>
      record.kind === 'inputHandled' && record.input.kind === 'messageReceived' ? [record.input.message] : [],
    ),
  );
  const { parent: header } = sample.start;
  const first: Tip<unknown> = { header, state: rules.initialState(sample.start), totalWeight: 0n };
  const tips = [first, ...sample.journal.verified.map(({ parent }) => parent)];
  return {
    members: sample.members,
    tips: [...new Map(tips.map((tip) => [tip.header.id, tip])).values()],
    messages,
    random,
    quotes,
  };
}

/** Any hostile input. */
export function drawInput(material: Material, timers: readonly string[]): Input<unknown> {
  const { random } = material;
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
      return floodInput('messages of members', material);
    case 2:
      return floodInput('messages of strangers', material);
    case 3:
      return { kind: 'headChanged', head: pick(material.tips, random) };
    case 4: {
      const timerId =
        timers.length > 0 && random.chance(500) ? pick(timers, random) : `unknown ${random.integer(0, 9)}`;
      return { kind: 'timerElapsed', timerId };
    }
    case 5:
      return { kind: 'syncChanged', behind: random.chance(300) };
    case 6:
      return { ...message(material, pick(material.messages, random)), header: junkHeader(material) };
    case 7:
      return message(material, pick(material.messages, random));
    default:
      return floodInput('answers to nothing', material);
  }
}

/** A message with a payload that is nearly one, or none. */
export function drawMessage(material: Material): Extract<Input<unknown>, { kind: 'messageReceived' }> {
  const { random } = material;
  const known = pick(material.messages, random);
  const payload = random.chance(800)
    ? mutateBytes(known.payload, random)
    : random.bytes(random.integer(0, RANDOM_BYTES_MAX));
  return message(material, { ...known, payload });
}

/** One more input of a flood, different from all before it. */
export function floodInput(flood: Flood, material: Material): Input<unknown> {
  const { random, members } = material;
  const known = pick(material.messages, random);
  const payload = random.chance(800)
    ? mutateBytes(known.payload, random)
    : random.bytes(random.integer(0, RANDOM_BYTES_MAX));
  const signedBy = (author: ActorId): Input<unknown> => {
    const changed = { ...known, payload, author };
    return message(material, material.quotes(changed) ? known : changed);
  };
  switch (flood) {
    case 'messages of members':
      return signedBy(pick(members, random));
    case 'messages of one member, nearly right':
      return nearlyRight(material);
    case 'messages of strangers':
      return signedBy(toHex(random.bytes(ID_BYTES)));
    case 'new heads': {
      const tip = pick(material.tips, random);
      const id = toHex(sha256(random.bytes(ID_BYTES)));
      return { kind: 'headChanged', head: { ...tip, header: { ...tip.header, id } } };
    }
    case 'answers to nothing':
      return answerToNothing(material);
  }
}

/** What one member says, one bit beside what somebody says at some time: mostly well-formed, and mostly not about now. */
function nearlyRight(material: Material): Input<unknown> {
  const { random, members } = material;
  const known = pick(material.messages, random);
  const changed = { ...known, author: members[0] ?? '', payload: flipAny(known.payload, random) };
  return message(material, material.quotes(changed) ? known : changed);
}

function flipAny(bytes: Bytes, random: RandomStream): Bytes {
  return bytes.length === 0 ? bytes : flipBit(bytes, random.integer(0, 8 * bytes.length - 1));
}

function answerToNothing(material: Material): Input<unknown> {
  const { random } = material;
  const requestId = toHex(random.bytes(ID_BYTES));
  const header = random.chance(500) ? junkHeader(material) : null;
  switch (random.integer(0, 4)) {
    case 0:
      return { kind: 'blockFetched', requestId, header };
    case 1:
      return { kind: 'blockBuilt', requestId, header };
    case 2:
      return { kind: 'blockValidated', blockId: requestId, result: pick(['valid', 'invalid', 'unavailable'], random) };
    case 3:
      return { kind: 'vrfProved', requestId, output: random.bytes(32), proof: random.bytes(random.integer(0, 100)) };
    default:
      return { kind: 'mined', requestId, blockId: requestId, seal: random.bytes(8) };
  }
}

function message({ random }: Material, signed: SignedMessage): Extract<Input<unknown>, { kind: 'messageReceived' }> {
  return { kind: 'messageReceived', from: `peer-${random.integer(0, 9)}`, message: signed };
}

/** A header that a host could decode, and nothing more. */
function junkHeader({ random, tips, members }: Material): ConsensusHeader {
  const { header } = pick(tips, random);
  const bytes = (): Bytes => (random.chance(500) ? random.bytes(random.integer(0, 64)) : new Uint8Array());
  const time: Millis = random.chance(500) ? header.timestamp : random.integer(0, Number.MAX_SAFE_INTEGER - 1);
  return {
    ...header,
    id: toHex(sha256(random.bytes(ID_BYTES))),
    height: random.chance(500) ? header.height + 1 : random.integer(0, FAR_HEIGHT),
    timestamp: time,
    author: random.chance(500) ? pick(members, random) : 'stranger',
    digest: random.chance(500) ? mutateBytes(header.digest, random) : bytes(),
    seal: bytes(),
  };
}

const NO_MESSAGE: SignedMessage = { author: 'nobody', payload: new Uint8Array(), signature: new Uint8Array(97) };

function pick<T>(list: readonly T[], random: RandomStream): T {
  const item = list[random.integer(0, Math.max(0, list.length - 1))];
  // Only messages may be missing: a protocol without votes has none.
  return item ?? (NO_MESSAGE as T);
}
