import fc, { type RunDetails } from 'fast-check';
import { expect } from 'vitest';

/** Property tests draw from this seed, so that a run of all tests is the same everywhere. */
const DEFAULT_SEED = 20_230_223;

const { FIDUCIA_SEED: wanted = String(DEFAULT_SEED) } = process.env;
const seed = wanted === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number.parseInt(wanted, 10);

function report(details: RunDetails<unknown>): void {
  if (!details.failed) return;
  const file = expect.getState().testPath ?? '';
  const replay = `Replay: FIDUCIA_SEED=${details.seed} npx vitest run ${file.slice(file.lastIndexOf('/packages/') + 1)}`;
  throw new Error(`${fc.defaultReportMessage(details)}\n${replay}`, { cause: details.errorInstance });
}

fc.configureGlobal({ seed, reporter: report });
