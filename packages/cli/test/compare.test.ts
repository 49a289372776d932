import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../src/command/program.ts';
import { runCompare } from '../src/compare/compare.ts';
import { createCompareNetwork, setUpForComparison } from '../src/compare/network.ts';
import { COMPARE_NAMES } from '../src/compare/protocols.ts';
import type { CompareResult } from '../src/compare/result.ts';
import { createWorkload } from '../src/compare/workload/workload.ts';
import { applicationRootWithoutConsensus } from './support/hand-chain.ts';

async function compare(...args: readonly string[]) {
  const chunks: string[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  const exitCode = await runCommand(['compare', ...args], { stdout, stderr: process.stderr });
  return { exitCode, stdout: chunks.join('') };
}

describe('fiducia compare', () => {
  let applicationRoot = '';

  it('finds one application state under all protocols, the one that the ledger alone gives', async () => {
    const { exitCode, stdout } = await compare('--json', '--seed', '3');
    expect(exitCode).toBe(0);
    const { runs, transactions, seed } = JSON.parse(stdout) as CompareResult;
    expect([seed, transactions >= 2_000, runs.map(({ consensus }) => consensus)]).toEqual([3, true, COMPARE_NAMES]);

    const { crypto, observer } = await createCompareNetwork(seed, setUpForComparison('dpos'));
    const workload = createWorkload({ seed, chainId: observer.node.ledger.chainId, crypto });
    const expected = await applicationRootWithoutConsensus(seed, workload.transactions, 1);
    applicationRoot = expected;
    for (const { applicationStateRoot, blocks, messages, bytes, finalityMs, ...run } of runs) {
      expect(applicationStateRoot).toBe(expected);
      expect(Object.keys(run)).toEqual(['consensus', 'finality', 'rejectedBlocks']);
      expect([run.rejectedBlocks, blocks > 100, messages > blocks, bytes > messages]).toEqual([0, true, true, true]);
      expect([finalityMs.p50 > 0, finalityMs.p99 >= finalityMs.p50]).toEqual([true, true]);
    }
    // Nothing else of the output may be taken for a root that is equal.
    expect(stdout.match(/"[a-zA-Z]*[rR]oot[a-zA-Z]*"/g)).toEqual(runs.map(() => '"applicationStateRoot"'));
  }, 240_000);

  it('finds the same state where the signers of every market slot come in another order, and says so in a table', async () => {
    const { exitCode, stdout } = await compare('--consensus', 'dpos', '--seed', '3', '--shuffle');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/DPoS +314 +0 /);
    expect(stdout).toMatch(/Transactions +2.\d{3} executed, 100 bad ones refused, under each/);
    expect(stdout).toContain(`equal, ${applicationRoot}\n`);
  }, 120_000);

  it('finds another state where one amount is another', async () => {
    const { runs } = await runCompare({ consensus: ['dpos'], seed: 3, amendment: 1n });
    expect(runs[0]?.applicationStateRoot).toMatch(/^[0-9a-f]{64}$/);
    expect(runs[0]?.applicationStateRoot).not.toBe(applicationRoot);
  }, 120_000);

  it.each([
    ['no protocol', { consensus: [] }, /--consensus/],
    ['an unknown protocol', { consensus: ['raft' as 'pos'] }, /--consensus/],
    ['a negative seed', { seed: -1 }, /--seed/],
    ['a negative amendment', { amendment: -1n }, /--amendment/],
    ['an amendment beyond what there is', { amendment: 2n ** 64n }, /--amendment/],
  ])('refuses %s', async (_name, options, reason) => {
    await expect(runCompare(options)).rejects.toThrow(reason);
  });
});
