/**
 * What each command of a transcript takes: a word that nobody reads would be taken for one that has an effect.
 *
 * @module
 */
import { nodeNameOf } from '../run/fault-plan.ts';
import { invalid, type TranscriptCommand } from './parse.ts';

/** What stands behind the first word of a command. */
interface Grammar {
  /** One word of a meaning, nodes, or nothing. */
  readonly takes: string | typeof NODES | null;
  /** Names of settings. */
  readonly settings?: readonly string[];
}

const NODES = Symbol('nodes');

const GRAMMARS: ReadonlyMap<string, Grammar> = new Map<string, Grammar>([
  ['network', { takes: 'SUBJECT', settings: ['nodes', 'seed', 'adversary'] }],
  ['run', { takes: 'SLOTS' }],
  ['kill', { takes: NODES }],
  ['restart', { takes: NODES }],
  ['partition', { takes: NODES }],
  ['heal', { takes: null }],
  ['heads', { takes: null }],
  ['show', { takes: 'NAME' }],
]);

/** Refuses a command that is not known, and words and settings that it does not read. */
export function requireGrammar({ name, words, settings, line }: TranscriptCommand): void {
  const grammar = GRAMMARS.get(name);
  if (grammar === undefined) throw invalid(line, `unknown command ${name}`);
  for (const key of settings.keys()) {
    if (grammar.settings?.includes(key) !== true) throw invalid(line, `${name} has no setting ${key}`);
  }
  const { takes } = grammar;
  if (takes === null && words.length > 0) throw invalid(line, `${name} takes nothing`);
  if (typeof takes === 'string' && words.length !== 1) throw invalid(line, `${name} takes ${takes} and nothing more`);
  if (takes === NODES && words.length === 0) throw invalid(line, `${name} takes one node or more`);
  if (takes === NODES) requireOnce(words, line);
}

/** Refuses nodes that are named twice. */
export function requireOnce(names: readonly string[], line: number): void {
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw invalid(line, `${twice} is named twice`);
}

/** Refuses a node that a network of so many does not have. @returns Its index. */
export function requireNode(name: string, nodes: number, line: number): number {
  const index = Array.from({ length: nodes }, (_, node) => nodeNameOf(node)).indexOf(name);
  if (index >= 0) return index;
  const known = nodes === 1 ? `is ${nodeNameOf(0)}` : `are ${nodeNameOf(0)} to ${nodeNameOf(nodes - 1)}`;
  throw invalid(line, `no ${name}, there ${known}`);
}
