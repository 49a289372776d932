import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { applyDiff, fencesOf, valuesOf } from '../../../packages/create-fiducia-plugin/test/support/guide.ts';
import { type Example, tryOut } from './support/trial.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = join(ROOT, 'examples/foreign-ledger/src');
const fences = fencesOf(readFileSync(join(ROOT, 'docs/guides/from-an-existing-chain.md'), 'utf8'));
const sourceOf = (file: string) => readFileSync(join(SOURCES, '..', file), 'utf8');
const workshop = mkdtempSync(join(tmpdir(), 'foreign-ledger-guide-'));
symlinkSync(join(ROOT, 'node_modules'), join(workshop, 'node_modules'));
afterAll(() => rmSync(workshop, { recursive: true }));

/** The example with a mistake of the guide in it. */
async function withMistake(mistake: string): Promise<Example> {
  const folder = join(workshop, mistake);
  cpSync(SOURCES, join(folder, 'src'), { recursive: true });
  for (const fence of fences.filter(
    ({ language, attributes }) => language === 'diff' && attributes.mistake === mistake,
  )) {
    const file = fence.attributes.file ?? '';
    const before = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), applyDiff(new Map([[file, before]]), fence).get(file) ?? '');
  }
  const load = (path: string) => import(pathToFileURL(join(folder, 'src', path)).href);
  const [journal, store] = [await load('kv/journal.ts'), await load('kv/store.ts')];
  const [node, protocols, wire] = [await load('node.ts'), await load('protocols.ts'), await load('wire.ts')];
  return { journal, store, node, protocols, wire };
}

describe('the guide from an existing chain', () => {
  it('shows all that stands between the chain and the host, and nothing that is not there', () => {
    const shown = new Map<string, string>();
    for (const { language, attributes, text } of fences) {
      if (language !== 'ts' || attributes.file === undefined) continue;
      expect(sourceOf(attributes.file), attributes.file).toContain(text);
      shown.set(attributes.file, `${shown.get(attributes.file) ?? ''}${text}`);
    }
    const files = ['port', 'ports'].flatMap((folder) =>
      readdirSync(join(SOURCES, folder)).map((file) => `src/${folder}/${file}`),
    );
    expect([...shown.keys()].sort()).toEqual(files.sort());
    const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
    for (const file of files) expect(linesOf(shown.get(file) ?? ''), file).toEqual(linesOf(sourceOf(file)));
  });

  it('is about a chain of which no host complains, apart from what a stranger sends', async () => {
    const example = await withMistake('none');
    for (const protocol of ['DT_DPOS', 'PBFT'] as const) {
      expect(await tryOut(example, protocol)).toEqual(['blockRejected: BLOCK_ENCODING']);
    }
  });

  it.each(valuesOf(fences, 'mistake'))('says of the mistake "%s" what the host says', async (mistake) => {
    const said = fences.find(({ language, attributes }) => language === 'text' && attributes.mistake === mistake);
    const messages = await tryOut(await withMistake(mistake), said?.attributes.under === 'pbft' ? 'PBFT' : 'DT_DPOS');
    expect(messages.map((message) => message.replace(/[0-9a-f]{64}/, '…'))).toContain(said?.text.trim());
  });
});
