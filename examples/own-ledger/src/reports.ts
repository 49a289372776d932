/** What the program finds out, for whatever runs it: a terminal or a page. */
import {
  applyActivity,
  countRound,
  createRoundWindow,
  createTrustRecord,
  scoreTrust,
  trustPreset,
} from '@fiducia/trust';
import { type ChainReport, runChain, SETUPS } from './chains.ts';

const HEIGHT = 20;
const ROUNDS = 60;

/** What the trust arithmetic came to. */
interface TrustReport {
  readonly protocol: 'trust';
  readonly composite: number;
}

/** Makes one report about trust, and one for each protocol. */
export async function createReports(): Promise<readonly (TrustReport | ChainReport)[]> {
  const reports: (TrustReport | ChainReport)[] = [{ protocol: 'trust', composite: trustAfter(ROUNDS) }];
  for (const setup of SETUPS) reports.push(await runChain(setup, HEIGHT));
  return reports;
}

/** Composite trust of a node that produces in every second round and misses a slot in every tenth. */
function trustAfter(rounds: number): number {
  const params = trustPreset('default');
  let record = createTrustRecord(params, 0);
  let window = createRoundWindow();
  for (let round = 1; round <= rounds; round++) {
    window = countRound(window, round, params);
    const activity = { correct: round % 2, missed: round % 10 === 0 ? 1 : 0, malicious: 0, participated: true };
    record = applyActivity(record, round, activity, params);
  }
  return scoreTrust(record, window, rounds, { votes: 0, deposit: 0 }, params).composite;
}
