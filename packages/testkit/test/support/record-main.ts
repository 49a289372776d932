/**
 * Records golden vectors of plugins of this repository anew: `npm run vectors -- consensus-pow finality-checkpoint`.
 *
 * Only for versions that run nowhere yet; otherwise a rule that changed asks for a new major version (contract CK-22).
 */
import { writeFileSync } from 'node:fs';
import { type ConformanceSubject, recordVectors } from '../../src/index.ts';

for (const name of process.argv.slice(2)) {
  const folder = new URL(`../../../${name}/`, import.meta.url);
  const { subject }: { readonly subject: ConformanceSubject } = await import(
    new URL('test/support/conformance-subject.ts', folder).href
  );
  const vectors = await recordVectors(subject);
  writeFileSync(new URL('testdata/conformance-vectors.json', folder), `${JSON.stringify(vectors)}\n`);
  process.stdout.write(`${name}: ${vectors.lives.length} lives of ${vectors.protocol}\n`);
}
