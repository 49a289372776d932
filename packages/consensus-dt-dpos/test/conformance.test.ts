import { readFileSync } from 'node:fs';
import { describeConformance } from '@fiducia/testkit/vitest';
import { subject } from './support/conformance-subject.ts';

const VECTORS = new URL('../testdata/conformance-vectors.json', import.meta.url);

describeConformance({ ...subject, vectors: JSON.parse(readFileSync(VECTORS, 'utf8')) });
