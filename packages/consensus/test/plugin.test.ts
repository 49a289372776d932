import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, test } from 'vitest';
import * as entry from '../src/index.ts';
import {
  accept,
  ConsensusError,
  type ConsensusPlugin,
  defer,
  definePlugin,
  isConsensusError,
  type PluginRequirements,
  type PluginTraits,
  protocolId,
  reject,
} from '../src/index.ts';
import { codeOf } from './support/code-of.ts';

const TRAITS: PluginTraits = {
  role: 'production',
  leader: 'slot',
  finality: 'settle',
  forks: true,
  faults: { kind: 'byzantine', numerator: 1, denominator: 3 },
};

function pluginWith(parts: Partial<ConsensusPlugin>): ConsensusPlugin {
  return {
    name: 'toy',
    version: '1.0.0',
    contract: 1,
    traits: TRAITS,
    requires: { facts: [], claims: [], directives: [], validators: false },
    parseConfig: () => null,
    createRules: () => {
      throw new Error('not needed here');
    },
    ...parts,
  };
}

const withTraits = (parts: Partial<PluginTraits>): Partial<ConsensusPlugin> => ({ traits: { ...TRAITS, ...parts } });

const withFacts = (parts: Partial<PluginRequirements>): Partial<ConsensusPlugin> => ({
  requires: { facts: [], claims: [], directives: [], validators: false, ...parts },
});

describe('definePlugin', () => {
  test.each<readonly [name: string, parts: Partial<ConsensusPlugin>]>([
    ['a plain plugin', {}],
    ['the longest name', { name: `a${'-9'.repeat(15)}z` }],
    ['a version before the first', { version: '0.10.2' }],
    ['instant finality without forks', withTraits({ finality: 'instant', forks: false, leader: 'round' })],
    ['a finality gadget', withTraits({ role: 'finality', leader: 'none', finality: 'checkpoint' })],
    ['required and optional facts', withFacts({ facts: ['admission'], optionalFacts: ['parameter', 'key'] })],
    ['a plugin that tolerates nothing', withTraits({ faults: { kind: 'none', numerator: 0, denominator: 1 } })],
  ])('accepts %s and returns it unchanged', (_, parts) => {
    const plugin = pluginWith(parts);
    expect(definePlugin(plugin)).toBe(plugin);
  });

  test.each<readonly [name: string, parts: Partial<ConsensusPlugin>]>([
    ['no name', { name: '' }],
    ['a name in capitals', { name: 'Pow' }],
    ['a name that starts with a digit', { name: '2pc' }],
    ['a name of 33 characters', { name: 'a'.repeat(33) }],
    ['a version of two numbers', { version: '1.0' as '1.0.0' }],
    ['a version with a leading zero', { version: '01.0.0' }],
    ['a version with a suffix', { version: '1.0.0-beta' as '1.0.0' }],
    ['another contract', { contract: 2 as 1 }],
    ['instant finality with forks', withTraits({ finality: 'instant' })],
    ['settling without forks', withTraits({ forks: false })],
    ['a gadget with leaders', withTraits({ role: 'finality' })],
    ['a producer without leaders', withTraits({ leader: 'none' })],
    ['a fraction above one', withTraits({ faults: { kind: 'crash', numerator: 3, denominator: 2 } })],
    ['a fraction of nothing', withTraits({ faults: { kind: 'crash', numerator: 0, denominator: 0 } })],
    ['a fraction that is no fraction', withTraits({ faults: { kind: 'crash', numerator: 0.5, denominator: 1 } })],
    ['tolerated faults of no kind', withTraits({ faults: { kind: 'none', numerator: 1, denominator: 3 } })],
    ['a fact that is required twice', withFacts({ facts: ['exit', 'exit'] })],
    ['a fact that is required and optional', withFacts({ facts: ['key'], optionalFacts: ['parameter', 'key'] })],
    ['a kind of fault without tolerance', withTraits({ faults: { kind: 'crash', numerator: 0, denominator: 3 } })],
  ])('refuses %s', (_, parts) => {
    expect(codeOf(() => definePlugin(pluginWith(parts)))).toBe('INVALID_PLUGIN');
  });

  test('the protocol id is the name and the major version', () => {
    expect(protocolId({ name: 'dt-dpos', version: '12.3.4' })).toBe('dt-dpos@12');
  });
});

describe('verdicts', () => {
  test('accept carries claims, reject a code, defer a time', () => {
    const claim = { kind: 'custom', id: 'x', data: new Uint8Array() } as const;
    expect(accept()).toEqual({ kind: 'accept', claims: [] });
    expect(accept([claim])).toEqual({ kind: 'accept', claims: [claim] });
    expect(reject('WRONG_LEADER')).toEqual({ kind: 'reject', code: 'WRONG_LEADER' });
    expect(reject('SLOT_MISMATCH', true)).toEqual({ kind: 'reject', code: 'SLOT_MISMATCH', provable: true });
    expect(defer(5)).toEqual({ kind: 'defer', until: 5 });
  });
});

describe('errors', () => {
  test('are recognised across copies of the package, by name and code', () => {
    const foreign = Object.assign(new Error('copy'), { name: 'ConsensusError', data: { code: 'INVALID_PLUGIN' } });
    expect(isConsensusError(foreign)).toBe(true);
    expect(isConsensusError(foreign, 'INVALID_PLUGIN')).toBe(true);
    expect(isConsensusError(foreign, 'INVALID_CONFIG')).toBe(false);
    expect(isConsensusError(new Error('other'))).toBe(false);
    expect(isConsensusError({ name: 'ConsensusError' })).toBe(false);
    expect(isConsensusError(null)).toBe(false);
  });

  test('an error that only borrows the name is not taken for one with a code', () => {
    const impostor = Object.assign(new Error('no data'), { name: 'ConsensusError' });
    expect(isConsensusError(impostor)).toBe(false);
    expect(isConsensusError(impostor, 'INVALID_PLUGIN')).toBe(false);
  });

  test('derive the message from the data', () => {
    const error = new ConsensusError({ code: 'INVALID_CONFIG', path: 'slotMs', reason: 'must be an integer' });
    expect(error.message).toBe('INVALID_CONFIG: path=slotMs, reason=must be an integer');
    expect(error.name).toBe('ConsensusError');
  });
});

test('the plugin of the README does what the README says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const program = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const promised = /```text\n(.*?)```/s.exec(readme)?.[1];
  const imports = /import (\{[^}]*\}) from '@fiducia\/consensus';/;
  const script = stripTypeScriptTypes(program).replace(imports, 'const $1 = entry;');

  const printed: string[] = [];
  const console = { log: (...values: unknown[]) => printed.push(`${values.join(' ')}\n`) };
  // The example is run as it stands, so that it cannot drift from what it promises.
  new Function('entry', 'console', script)(entry, console);
  expect(printed.join('')).toBe(promised);
});
