/**
 * What a protocol may cost at most (contract CK-24).
 *
 * Sizes and growth are demanded. Speed is reported, and only what is beyond all measure fails: a test must not depend
 * on what else a machine does.
 *
 * @module
 */
import { LIMITS } from '@fiducia/consensus';
import { replayRecords } from '@fiducia/host';
import { describeHeader } from '../describe.ts';
import { Findings, type KitItem } from '../item.ts';
import type { ApplyCall } from '../sample/journal.ts';
import type { Sample } from '../sample/sample.ts';

/** A state that keeps this much of every block, block after block, never ends. */
const GROWTH_BYTES_MAX = 2_048;
/** How many times as fast it may grow beside a register with this many more entries. */
const REGISTER_GROWTH_MAX = 2;
const REGISTER_SLACK_BYTES = 64;
const TRACED_MAX = 5;
/** Ordinary rules judge some hundred thousand headers in a second. */
const HEADERS_PER_SECOND_MIN = 100;
const SPEED_CALLS = 2_000;
/** Ordinary engines answer ten thousand calls in a second and more. */
const CALLS_PER_SECOND_MIN = 100;
const MILLIS_PER_SECOND = 1_000;

/** The requirement. */
export const floors: KitItem = {
  id: 'CK-24',
  title: 'bytes per block, growth of the state, effects per input and speed are within bounds, whatever the register',
  level: 'engine',
  async run(context) {
    const findings = new Findings();
    const sample = await context.sample();
    checkSizes(sample, findings);
    checkGrowth(sample, findings);
    compareRegisters(sample, await context.sampleWithRegister(), findings);
    measureRules(sample, findings);
    measureEngines(sample, findings);
    return findings.outcome();
  },
};

function checkSizes(sample: Sample, findings: Findings): void {
  let bytes = 0;
  for (const { header } of sample.accepted) {
    const { digest, seal } = header;
    bytes = Math.max(bytes, digest.length + seal.length);
    const isLong = digest.length > LIMITS.digestBytes || seal.length > LIMITS.sealBytes;
    if (!isLong) continue;
    const message = `a header has a digest of ${digest.length} and a seal of ${seal.length} bytes`;
    findings.add({ rule: 'contract CK-24', message, trace: [describeHeader(header)], seed: sample.seed });
  }
  findings.count('bytes of digest and seal at most', bytes);
  let effects = 0;
  for (const { records } of sample.sessions) {
    for (const record of records) {
      if (record.kind !== 'engineStopped') effects = Math.max(effects, record.effects?.length ?? 0);
    }
  }
  findings.count('effects per input at most', effects);
}

/** Windows fill up in the first half of the sample; what grows on in the second keeps everything. */
function checkGrowth(sample: Sample, findings: Findings): void {
  const sizes = sample.applied.map(sizeOf);
  const half = Math.floor(sizes.length / 2);
  const grown = perBlock(sizes.slice(half));
  findings.count('bytes of state at the end', sizes.at(-1) ?? 0);
  findings.count('bytes of state per block', Math.round(grown));
  if (grown <= GROWTH_BYTES_MAX) return;
  const message = `the state grows by ${Math.round(grown)} bytes with every block`;
  const trace = sample.applied.slice(-TRACED_MAX).map((call) => `height ${call.header.height}: ${sizeOf(call)} bytes`);
  findings.add({ rule: 'contract CK-24', message, trace, seed: sample.seed });
}

/** The same network with a register full of candidates who never do anything. */
function compareRegisters(small: Sample, large: Sample, findings: Findings): void {
  const count = Math.min(small.applied.length, large.applied.length);
  const [without, beside] = [small, large].map(({ applied }) => perBlock(applied.slice(0, count).map(sizeOf)));
  if (without === undefined || beside === undefined) return;
  findings.count('bytes of state per block beside a large register', Math.round(beside));
  if (beside <= Math.max(0, without) * REGISTER_GROWTH_MAX + REGISTER_SLACK_BYTES) return;
  const message = `the state grows by ${Math.round(beside)} bytes per block beside a large register, ${Math.round(without)} otherwise`;
  findings.add({ rule: 'contract CK-24', message, trace: [], seed: small.seed });
}

function measureRules(sample: Sample, findings: Findings): void {
  const rules = sample.createRules();
  const calls = sample.accepted;
  if (calls.length === 0) return;
  const startedAt = performance.now();
  for (let count = 0; count < SPEED_CALLS; count++) {
    const call = calls[count % calls.length];
    if (call !== undefined) rules.verifyHeader(call.header, call.parent, call.now);
  }
  const perSecond = rateOf(SPEED_CALLS, startedAt);
  findings.count('headers judged per second', perSecond);
  if (perSecond >= HEADERS_PER_SECOND_MIN) return;
  const message = `judges ${perSecond} headers per second; ordinary rules judge thousands of times as many`;
  findings.add({ rule: 'contract CK-24', message, trace: [], seed: sample.seed });
}

/** Recorded calls, answered again by fresh engines; that the answers are the same is for CK-21 to say. */
function measureEngines({ plugin, config, context, seed, sessions, createRules }: Sample, findings: Findings): void {
  let calls = 0;
  let effects = 0;
  const startedAt = performance.now();
  for (const { self, records } of sessions) {
    const engine = plugin.createEngine?.(config, createRules(), { ...context, self });
    if (engine === undefined) return;
    for (const step of replayRecords(engine, records)) {
      calls += 1;
      effects += step.effects.length;
    }
  }
  if (calls === 0) return;
  const perSecond = rateOf(calls, startedAt);
  findings.count('calls of engines answered per second', perSecond);
  findings.count('effects per second', rateOf(effects, startedAt));
  if (perSecond >= CALLS_PER_SECOND_MIN) return;
  const message = `engines answer ${perSecond} calls per second; ordinary ones answer hundreds of times as many`;
  findings.add({ rule: 'contract CK-24', message, trace: [], seed });
}

function rateOf(count: number, startedAt: number): number {
  return Math.round((count * MILLIS_PER_SECOND) / Math.max(1, performance.now() - startedAt));
}

function sizeOf({ encoded }: ApplyCall): number {
  return encoded.reduce((sum, chunk) => sum + chunk.length, 0);
}

function perBlock(sizes: readonly number[]): number {
  const [first = 0] = sizes;
  return sizes.length < 2 ? 0 : ((sizes.at(-1) ?? first) - first) / (sizes.length - 1);
}
