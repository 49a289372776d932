import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../src/command/program.ts';
import { createConsignment, runCompare } from '../src/compare/compare.ts';
import { createCompareNetwork, setUpForComparison } from '../src/compare/network.ts';
import type { CompareOptions, CompareResult } from '../src/compare/result.ts';
import { createWorkload } from '../src/compare/workload/workload.ts';
import { CONSENSUS_NAMES } from '../src/scenario/consensus/protocols.ts';
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
    expect([seed, transactions >= 2_000, runs.map(({ consensus }) => consensus)]).toEqual([3, true, CONSENSUS_NAMES]);

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

  it('finds it in another order of the signers and with certificates, and says so in a table', async () => {
    const { exitCode, stdout } = await compare(
      '--consensus',
      'dpos',
      '--seed',
      '3',
      '--shuffle',
      '--finality',
      'checkpoint',
    );
    expect(exitCode).toBe(0);
    // Two rounds: one for the block above, one for the checkpoint that follows.
    expect(stdout).toMatch(/DPoS +104 +0 .* final +360\.1 +360\.1/);
    expect(stdout).toMatch(/Transactions +2.\d{3} executed, 100 bad ones refused, under each/);
    expect(stdout).toContain(`equal, ${applicationRoot}\n`);
  }, 120_000);

  it('sends another order or another amount when asked to', async () => {
    const network = await createCompareNetwork(3, setUpForComparison('dpos'));
    const bytesOf = (options: Partial<Pick<CompareOptions, 'shuffle' | 'amendment'>>) =>
      createConsignment(network, { seed: 3, shuffle: false, amendment: 0n, ...options }).transactions.map(({ bytes }) =>
        Buffer.from(bytes).toString('hex'),
      );
    const plain = bytesOf({});
    const shuffled = bytesOf({ shuffle: true });
    expect(shuffled).not.toEqual(plain);
    expect(shuffled.toSorted()).toEqual(plain.toSorted());
    const amended = bytesOf({ amendment: 1n });
    expect(amended.filter((bytes, index) => bytes !== plain[index])).toHaveLength(1);
  });

  it('puts the gadget beside every protocol but PBFT, whose blocks are final already', () => {
    const kindsOf = (finality: 'checkpoint' | null) =>
      CONSENSUS_NAMES.map((name) => {
        const { consensus, gadget } = setUpForComparison(name, finality);
        return (gadget ?? consensus).plugin.traits.finality;
      });
    expect(kindsOf(null)).toEqual(['settle', 'settle', 'settle', 'settle', 'instant']);
    expect(kindsOf('checkpoint')).toEqual(['checkpoint', 'checkpoint', 'checkpoint', 'checkpoint', 'instant']);
  });

  it.each([
    ['no protocol', { consensus: [] }, /--consensus/],
    ['an unknown protocol', { consensus: ['raft' as 'pos'] }, /--consensus/],
    ['an unknown gadget', { finality: 'proof' as 'checkpoint' }, /--finality/],
    ['a negative seed', { seed: -1 }, /--seed/],
    ['a negative amendment', { amendment: -1n }, /--amendment/],
    ['an amendment beyond what there is', { amendment: 2n ** 64n }, /--amendment/],
  ])('refuses %s', async (_name, options, reason) => {
    await expect(runCompare(options)).rejects.toThrow(reason);
  });
});
