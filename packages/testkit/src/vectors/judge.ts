/**
 * Asks a plugin again what its golden vectors have answers to.
 *
 * @module
 */
import { type ConsensusPlugin, type ProtocolId, protocolId } from '@fiducia/consensus';
import { sha256, toHex } from '../inspect/hash.ts';
import { fromTaggedJson, type Json } from '../inspect/tagged-json.ts';
import { answersTo } from './answers.ts';
import type { Answer, GoldenLife, GoldenVectors } from './life.ts';

/** A vector that no longer holds. */
export interface VectorDifference {
  /** Name of the configuration. */
  readonly life: string;
  /** Height of the block; 0 for the start of the era. */
  readonly height: number;
  /** What differs. */
  readonly what: string;
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
  { protocol: recorded, lives }: GoldenVectors,
): { readonly difference: VectorDifference | undefined; readonly blocks: number; readonly answers: number } {
  const protocol: ProtocolId = protocolId(plugin);
  let blocks = 0;
  let answers = 0;
  const differAt = (life: string, height: number, what: string) => ({
    difference: { life, height, what },
    blocks,
    answers,
  });
  if (recorded !== protocol) return differAt('all', 0, `they are those of ${recorded}, not of ${protocol}`);
  for (const json of lives) {
    const life = fromTaggedJson(json as Json) as GoldenLife & { readonly answers: string };
    const rules = plugin.createRules(plugin.parseConfig(life.config), { ...life, protocol, sha256 });
    let at = 0;
    for (const answer of answersTo(life, rules)) {
      const expected = life.answers.slice(at, at + ANSWER_DIGITS);
      at += ANSWER_DIGITS;
      answers += 1;
      if (hashOf(answer) !== expected) return differAt(life.name, answer.height, answer.complaint);
    }
    if (at !== life.answers.length) return differAt(life.name, 0, 'fewer questions can be asked than before');
    blocks += life.blocks.length;
  }
  return { difference: undefined, blocks, answers };
}

function hashOf({ text }: Answer): string {
  return toHex(sha256(new TextEncoder().encode(text))).slice(0, ANSWER_DIGITS);
}
