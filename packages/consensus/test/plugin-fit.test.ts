import { expect, test } from 'vitest';
import { CONTRACT_VERSION, checkPluginFit, missingClaims, type PluginPlace, type PluginTraits } from '../src/index.ts';

const traits: PluginTraits = {
  role: 'production',
  leader: 'slot',
  finality: 'settle',
  forks: true,
  faults: { kind: 'none', numerator: 0, denominator: 1 },
};
const requires = { facts: ['stake'], claims: ['signature', 'vrf'], directives: [], validators: false } as const;
const plugin = { contract: CONTRACT_VERSION, traits, requires } as const;
const place: PluginPlace = { role: 'production', facts: new Set(['stake', 'exit']) };

test('contract H-37: a plugin fits where it is told what it needs', () => {
  expect(checkPluginFit(plugin, place)).toBeUndefined();
});

test('contract H-37: contract, role and facts are asked for in this order', () => {
  const gadget = { ...traits, role: 'finality' } as const;
  const facts = { ...requires, facts: ['stake', 'key'] } as const;
  expect(checkPluginFit({ contract: 9 as never, traits: gadget, requires: facts }, place)).toEqual({
    kind: 'contract',
    contract: 9,
    expected: CONTRACT_VERSION,
  });
  expect(checkPluginFit({ ...plugin, traits: gadget, requires: facts }, place)).toEqual({
    kind: 'role',
    role: 'finality',
  });
  expect(checkPluginFit({ ...plugin, requires: facts }, place)).toEqual({ kind: 'facts', missing: ['key'] });
});

test('contract H-37: what the configuration claims counts, or else what the plugin may claim', () => {
  const supports = new Set(['signature'] as const);
  expect(missingClaims({ requires }, null, supports)).toEqual(['vrf']);
  const claimsOf = (config: { readonly vrf: boolean }) => (config.vrf ? requires.claims : (['signature'] as const));
  expect(missingClaims({ requires, claimsOf }, { vrf: false }, supports)).toEqual([]);
  expect(missingClaims({ requires, claimsOf }, { vrf: true }, supports)).toEqual(['vrf']);
});
