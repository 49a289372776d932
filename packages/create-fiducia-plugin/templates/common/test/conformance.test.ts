import { describeConformance } from '@fiducia/testkit/vitest';
import vectors from '../testdata/vectors.json' with { type: 'json' };
import { subject } from './subject.ts';

describeConformance({ ...subject, vectors });
