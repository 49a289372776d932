import { readdirSync, readFileSync } from 'node:fs';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pluginModule, portModule, provide, TOKENS } from '@fiducia/di';
import { createNode, defaultModule, NODE_TOKENS } from '@fiducia/node';
import { describe, expect, it } from 'vitest';
import { fencesOf } from '../../../packages/create-fiducia-plugin/test/support/guide.ts';
import { GENESIS, MEMBERS } from '../src/genesis.ts';
import { createPlainHost } from '../src/no-container.ts';
import { createOwnHost } from '../src/own-chain.ts';
import { runManyNodes, runOwnChain } from '../src/run.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const guide = read('../../../docs/guides/wiring.md');
const eras = [{ fromHeight: 1, production: { name: 'dt-dpos', config: { preset: 'minimal' } } }];

describe('the guide to wiring', () => {
  it('has a row for every token, and for no others', () => {
    const names = [
      ...Object.keys(TOKENS).map((name) => `TOKENS.${name}`),
      ...Object.keys(NODE_TOKENS).map((name) => `NODE_TOKENS.${name}`),
    ];
    const rows = [...guide.matchAll(/^\| `((?:NODE_)?TOKENS\.\w+)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(names);
  });

  it('prints the programs as they are', () => {
    const shown = fencesOf(guide).filter(({ attributes }) => attributes.file !== undefined);
    for (const { attributes, text } of shown) expect(text).toBe(read(`../${attributes.file}`));
    const wired = readdirSync(new URL('../src/', import.meta.url)).filter((file) => !/^(main|genesis)/.test(file));
    expect(shown.map(({ attributes }) => attributes.file?.slice('src/'.length)).sort()).toEqual(wired.sort());
  });

  it('says what the programs come to', async () => {
    const [many, contained, plain] = [
      await runManyNodes(),
      await runOwnChain(createOwnHost),
      await runOwnChain(createPlainHost),
    ];
    for (const { heads } of [many, contained, plain]) expect(new Set(heads).size).toBe(1);
    expect(plain.heads).toEqual(contained.heads);
    expect(guide).toContain(
      `default ledger, ports replaced: ${many.height} blocks, ${many.commits} commits on three nodes`,
    );
    expect(guide).toContain(`own chain, with a container: ${contained.height} blocks`);
    expect(guide).toContain(`own chain, without one: ${plain.height} blocks, the same`);
  });
});

describe('mistakes in wiring', () => {
  it('a module before the default one has no effect', async () => {
    const node = await createNode({
      modules: [
        portModule({ signer: null }),
        defaultModule({ genesis: GENESIS, keyPair: MEMBERS[0] ?? expect.unreachable() }),
        pluginModule(dtDpos()),
      ],
      eras,
    });
    expect(node.signer?.self).toBe(MEMBERS[0]?.address);
  });

  it('a factory of the chain that asks for the chain never ends', async () => {
    // Looked up here: the runner of tests answers `undefined` for an import that is looked up where the stack ends.
    const { chain } = TOKENS;
    const node = createNode({
      modules: [
        defaultModule({ genesis: GENESIS }),
        pluginModule(dtDpos()),
        (container) => provide(container, chain, (inner) => inner.resolve(chain)),
      ],
      eras,
    });
    await expect(node).rejects.toThrow('Maximum call stack size exceeded');
  });

  it('an era names a plugin that is not there', async () => {
    const node = createNode({ modules: [defaultModule({ genesis: GENESIS })], eras });
    await expect(node).rejects.toThrow('PLUGIN_MISSING');
  });

  it('a null value is a missing one', async () => {
    const node = createNode({
      modules: [
        defaultModule({ genesis: GENESIS }),
        pluginModule(dtDpos()),
        (container) => {
          container.register(TOKENS.signer, { useValue: null });
        },
      ],
      eras,
    });
    await expect(node).rejects.toThrow('TypeInfo not known');
  });
});
