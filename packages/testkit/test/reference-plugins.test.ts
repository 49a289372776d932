import { describeConformance } from '../src/vitest.ts';
import { DPOS, NOTARY, ROUND_ROBIN, TURNS } from './subjects.ts';

describeConformance(ROUND_ROBIN);
describeConformance(TURNS);
describeConformance(NOTARY);
describeConformance(DPOS);
