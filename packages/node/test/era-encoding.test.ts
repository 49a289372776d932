import { type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEras, isNodeError } from '../src/index.ts';

const pluginNamed = (name: string, version: `${number}.${number}.${number}` = '1.0.0'): ConsensusPlugin =>
  definePlugin({
    name,
    version,
    contract: 1,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'settle',
      forks: true,
      faults: { kind: 'crash', numerator: 1, denominator: 2 },
    },
    requires: { facts: [], claims: [], directives: [], validators: false },
    parseConfig: (raw) =>
      typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? { slotMs: 1_000, ...raw } : raw,
    createRules: () => ({}) as never,
  });

const encode = (config: unknown, fromHeight = 1, plugin = pluginNamed('demo')) =>
  encodeEras([{ fromHeight, production: { name: 'demo', config } }], [plugin]);

const configs = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger().map((value) => (value === 0 ? 0 : value)),
    fc.bigInt(),
    fc.string(),
    fc.uint8Array({ maxLength: 6 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
  ),
})).value;

describe('the encoding of eras', () => {
  it('is equal exactly for equal rules', () => {
    fc.assert(
      fc.property(configs, configs, (a, b) => {
        const isEqual = Buffer.compare(encode({ config: a }), encode({ config: b })) === 0;
        expect(isEqual).toBe(fc.stringify(sorted(a)) === fc.stringify(sorted(b)));
        expect(encode({ config: a })).toEqual(encode({ config: a }));
      }),
    );
  });

  it('takes the parsed configuration, whatever order and defaults it was written with', () => {
    expect(encode({ a: 1, b: 2 })).toEqual(encode({ b: 2, a: 1 }));
    expect(encode({ slotMs: 1_000, gone: undefined })).toEqual(encode({}));
    expect(encode({ slotMs: 2_000 })).not.toEqual(encode({}));
  });

  it('tells heights, plugins, major versions and gadgets apart', () => {
    const production = { name: 'demo', config: {} };
    const plugins = [pluginNamed('demo'), pluginNamed('other')];
    const encodings = [
      encode({}),
      encode({}, 2),
      encode({}, 1, pluginNamed('demo', '2.0.0')),
      encodeEras([{ fromHeight: 1, production: { name: 'other', config: {} } }], plugins),
      encodeEras([{ fromHeight: 1, production, finality: { name: 'other', config: {} } }], plugins),
      encodeEras(
        [
          { fromHeight: 1, production },
          { fromHeight: 9, production },
        ],
        plugins,
      ),
    ];
    expect(new Set(encodings.map((bytes) => bytes.join()))).toHaveProperty('size', encodings.length);
    expect(encode({}, 1, pluginNamed('demo', '1.4.2'))).toEqual(encode({}));
  });

  it('takes the last plugin of a name, like everything that is registered twice', () => {
    const era = { fromHeight: 1, production: { name: 'demo', config: {} } };
    expect(encodeEras([era], [pluginNamed('demo'), pluginNamed('demo', '2.0.0')])).toEqual(
      encode({}, 1, pluginNamed('demo', '2.0.0')),
    );
  });

  it.each([
    ['a fraction', { rate: 0.5 }, 'demo.rate'],
    ['negative zero', { rate: -0 }, 'demo.rate'],
    ['an unsafe integer', { rate: 2 ** 53 }, 'demo.rate'],
    ['a function', { nested: { act: () => 1 } }, 'demo.nested.act'],
    ['a map', { list: [new Map()] }, 'demo.list.0'],
  ])('refuses %s', (_name, config, path) => {
    expect(() => encode(config)).toThrow(
      expect.toSatisfy(
        (error: unknown) => isNodeError(error, 'CONFIG_NOT_DATA') && String(error).endsWith(`: ${path}`),
      ),
    );
  });

  it('refuses a configuration that contains itself, and a plugin that nobody registered', () => {
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    expect(() => encode(loop)).toThrow(expect.toSatisfy((error: unknown) => isNodeError(error, 'CONFIG_NOT_DATA')));
    expect(() => encode({}, 1, pluginNamed('other'))).toThrow('PLUGIN_MISSING: demo');
  });
});

/** The same value with the fields of every record in one order, and no empty record like an empty list. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', value.map(sorted)];
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, sorted(field)] as const);
  return ['record', fields.sort(([a], [b]) => (a < b ? -1 : 1))];
}
