import { describeConformance } from '../src/vitest.ts';
import { DPOS, ROUND_ROBIN } from './subjects.ts';

describeConformance(ROUND_ROBIN);
describeConformance(DPOS);
