import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';

test('the example of the README prints what the README says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const program = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const promised = /```text\n(.*?)```/s.exec(readme)?.[1];
  const script = stripTypeScriptTypes(program).replace(
    /import (\{[^}]*\}) from '@fiducia\/trust';/,
    'const $1 = entry;',
  );

  const printed: string[] = [];
  const console = { log: (...values: unknown[]) => printed.push(`${values.join(' ')}\n`) };
  // The example is run as it stands, so that it cannot drift from what it promises.
  new Function('entry', 'console', script)(entry, console);
  expect(printed.join('')).toBe(promised);
});
