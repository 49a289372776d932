import { describeConformance } from '../src/vitest.ts';
import { NOTARY, TURNS } from './subjects.ts';

describeConformance(TURNS, { seeds: [1] });
describeConformance(NOTARY, { seeds: [1] });
