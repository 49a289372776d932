// Records golden vectors: what this major version decides, and from then on decides for ever.
//   npm run vectors
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { protocolId } from '@fiducia/consensus';
import { recordVectors } from '@fiducia/testkit';
import { subject } from '../test/subject.ts';

const FOLDER = new URL('../testdata/', import.meta.url);
const FILE = new URL('vectors.json', FOLDER);

const protocol = protocolId(subject.production.plugin);
const known: unknown = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')).protocol : undefined;
if (known === protocol) {
  console.error(`testdata/vectors.json has the vectors of ${protocol}. If a rule changed, raise the major version.`);
  console.error(`If ${protocol} runs nowhere yet, delete the file and run this again.`);
  process.exitCode = 1;
} else {
  const vectors = await recordVectors(subject);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(vectors)}\n`);
  console.log(`testdata/vectors.json: ${vectors.lives.length} lives of ${protocol}`);
}
