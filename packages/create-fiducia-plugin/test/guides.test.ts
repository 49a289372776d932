import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createProject, type TemplateName } from '../src/index.ts';
import { applyDiff, type Fence, type Files, fencesOf, filesOf, valuesOf } from './support/guide.ts';
import { messagesOf, readFiles, Workshop, withNewVectors } from './support/project.ts';

const GUIDES: readonly { readonly page: string; readonly template: TemplateName }[] = [
  { page: 'first-plugin', template: 'chain' },
  { page: 'vote-based-plugin', template: 'votes' },
];

const workshop = new Workshop();
afterAll(() => workshop.close());

/** What `npm create fiducia-plugin my-plugin` writes. */
function projectOf(template: TemplateName): Files {
  return readFiles(createProject({ folder: workshop.nextFolder(), name: 'my-plugin', template }).folder);
}

/** Applies all changes; a `text` between them has to be what the kit says at that point. */
async function follow(files: Files, fences: readonly Fence[]): Promise<Files> {
  let current = files;
  for (const fence of fences) {
    if (fence.language === 'diff') current = applyDiff(current, fence);
    else expect(await saidAbout(current, fence), `line ${fence.line}`).toContain(fence.text.trim());
  }
  return current;
}

async function saidAbout(files: Files, { attributes }: Fence): Promise<readonly string[]> {
  return messagesOf(await workshop.load(files), { items: [attributes.item as `CK-${number}`] });
}

describe.each(GUIDES)('the guide $page', ({ page, template }) => {
  const path = fileURLToPath(new URL(`../../../docs/guides/${page}.md`, import.meta.url));
  const fences = fencesOf(readFileSync(path, 'utf8'));
  const project = projectOf(template);
  const withAttribute = (name: string, value: string) => fences.filter(({ attributes }) => attributes[name] === value);

  it('shows every file that it explains as npm create writes it', () => {
    const shown = filesOf(fences);
    expect([...shown.keys()].filter((file) => file.startsWith('src/')).length).toBeGreaterThanOrEqual(6);
    for (const [file, text] of shown) expect(text, file).toBe(project.get(file));
  });

  it('shows all of the plugin', () => {
    const shared = template === 'votes' ? ['src/config.ts'] : [];
    const sources = [...project.keys()].filter((file) => file.startsWith('src/') && !shared.includes(file));
    expect(sources.filter((file) => !filesOf(fences).has(file))).toEqual([]);
  });

  // The other levels, and those of the changed plugin, belong to the gate that installs the project.
  it('ends with a plugin whose rules pass the kit', async () => {
    expect(await messagesOf(await workshop.load(project), { levels: ['rules'] })).toEqual([]);
  });

  it.each(valuesOf(fences, 'mistake'))('says of the mistake "%s" what the kit says', async (mistake) => {
    const own = withAttribute('mistake', mistake);
    expect(own.map(({ language }) => language)).toContain('text');
    await follow(project, own);
  });

  it.each(valuesOf(fences, 'change'))('its change "%s" fails where it says, and passes at the end', async (change) => {
    const own = withAttribute('change', change);
    expect(own.map(({ language }) => language)).toContain('text');
    const changed = await withNewVectors(await follow(project, own), workshop);
    expect(await messagesOf(await workshop.load(changed), { levels: ['rules'] })).toEqual([]);
  });
});

describe('the guides as programs', () => {
  const files: Files = new Map([['a.ts', 'one\ntwo\ntwo\nthree\n']]);
  const diff = (text: string): Fence => ({ language: 'diff', attributes: { file: 'a.ts' }, text, line: 7 });

  it('a change applies to exactly one place', () => {
    expect(applyDiff(files, diff(' two\n-three\n+four\n')).get('a.ts')).toBe('one\ntwo\ntwo\nfour\n');
    expect(() => applyDiff(files, diff('-two\n'))).toThrow('line 7: 2 places in a.ts');
    expect(() => applyDiff(files, diff('-five\n'))).toThrow('line 7: 0 places in a.ts');
    expect(() => applyDiff(new Map(), diff('-one\n'))).toThrow('there is no file a.ts');
  });

  it('a fence has a language, attributes and a line', () => {
    expect(fencesOf('# T\n\n```ts file=a.ts mistake=b\nx\n\ny\n```\n\n```\nplain\n```\n')).toEqual([
      { language: 'ts', attributes: { file: 'a.ts', mistake: 'b' }, text: 'x\n\ny\n', line: 3 },
    ]);
  });
});
