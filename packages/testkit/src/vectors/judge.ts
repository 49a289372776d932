/**
 * Asks a plugin again what its golden vectors have answers to.
 *
 * @module
 */
import { type ConsensusPlugin, type ProtocolId, protocolId } from '@fiducia/consensus';
import { sha256, toHex } from '../inspect/hash.ts';
import { fromTaggedJson, type Json } from '../inspect/tagged-json.ts';
import { answersTo } from './answers.ts';
import { engineAnswers, type GoldenEngineLife } from './engine-life.ts';
import type { Answer, GoldenLife, GoldenVectors } from './life.ts';

/** A vector that no longer holds. */
interface VectorDifference {
  /** Name of the configuration. */
  readonly life: string;
  /** Height of the block; 0 for the start of the era. */
  readonly height: number;
  /** What differs. */
  readonly what: string;
}

/** What came of asking everything again. */
export interface Judgement {
  readonly difference: VectorDifference | undefined;
  /** Whether what differs is not a rule, but what an engine does. */
  readonly isOfEngine: boolean;
  readonly blocks: number;
  readonly answers: number;
}

/** Two answers to one question are taken for one with a chance of 2^-32. */
const ANSWER_DIGITS = 8;

/** Hashes of all answers in one text. */
export function hashAnswers(answers: Iterable<Answer>): string {
  return Array.from(answers, hashOf).join('');
}

/** Asks everything again, with nothing but the vectors. @returns The first difference, and how much was asked. */
export function judgeVectors(
  plugin: ConsensusPlugin,
  { protocol: recorded, lives, engines = [] }: GoldenVectors,
): Judgement {
  const protocol: ProtocolId = protocolId(plugin);
  let blocks = 0;
  let answers = 0;
  const differAt = (life: string, height: number, what: string) => ({
    difference: { life, height, what },
    isOfEngine: false,
    blocks,
    answers,
  });
  if (recorded !== protocol) return differAt('all', 0, `they are those of ${recorded}, not of ${protocol}`);
  const differenceIn = (life: string, given: Iterable<Answer>, expected: string) => {
    let at = 0;
    for (const answer of given) {
      const wanted = expected.slice(at, at + ANSWER_DIGITS);
      at += ANSWER_DIGITS;
      answers += 1;
      if (hashOf(answer) !== wanted) return differAt(life, answer.height, answer.complaint);
    }
    return at === expected.length ? undefined : differAt(life, 0, 'fewer questions can be asked than before');
  };
  for (const json of lives) {
    const life = fromTaggedJson(json as Json) as GoldenLife & Answered;
    const rules = plugin.createRules(plugin.parseConfig(life.config), { ...life, protocol, sha256 });
    const found = differenceIn(life.name, answersTo(life, rules), life.answers);
    if (found !== undefined) return found;
    blocks += life.blocks.length;
  }
  for (const json of engines) {
    const life = fromTaggedJson(json as Json) as GoldenEngineLife & Answered;
    const found = differenceIn(life.name, engineAnswers(plugin, life, { protocol, sha256 }), life.answers);
    if (found !== undefined) return { ...found, isOfEngine: true };
  }
  return { difference: undefined, isOfEngine: false, blocks, answers };
}

/** With hashes of all answers. */
interface Answered {
  readonly answers: string;
}

function hashOf({ text }: Answer): string {
  return toHex(sha256(new TextEncoder().encode(text))).slice(0, ANSWER_DIGITS);
}
