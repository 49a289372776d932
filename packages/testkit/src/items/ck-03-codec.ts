/**
 * The encoding of states is canonical and bounded (contract CK-03).
 *
 * @module
 */
import { type Bytes, isConsensusError, LIMITS } from '@fiducia/consensus';
import type { RandomStream } from '@fiducia/simulator';
import { describeHeader, describeThrown } from '../describe.ts';
import { fingerprint, fingerprintChunks } from '../inspect/fingerprint.ts';
import { toHex } from '../inspect/hash.ts';
import { Findings, type KitItem } from '../item.ts';
import { mutateChunks } from '../mutate.ts';
import type { ApplyCall } from '../sample/journal.ts';
import type { Sample } from '../sample/sample.ts';

const MUTATIONS = 1_200;
const RANDOM_TRIES = 300;
const RANDOM_BYTES_MAX = 256;
const CHUNK_SHOWN = 120;

/** The requirement. */
export const codec: KitItem = {
  id: 'CK-03',
  title: 'one encoding per state, which decodes to the same behaviour; everything else throws INVALID_ENCODING',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      roundTrip(sample, findings);
      refuseOthers(sample, context.random('codec'), findings);
    }
    return findings.outcome();
  },
};

function roundTrip(sample: Sample, findings: Findings): void {
  const { seed, applied } = sample;
  const rules = sample.createRules();
  for (const [index, { header, encoded }] of applied.entries()) {
    findings.count('states');
    const trace = [describeHeader(header)];
    const add = (message: string): void => findings.add({ rule: 'contract CK-03', message, trace, seed });
    if (encoded.length === 0) add('a state has no chunk at all');
    const wrong = encoded.find(({ length }) => length === 0 || length > LIMITS.stateChunkBytes);
    if (wrong !== undefined) add(`a chunk has ${wrong.length} bytes, allowed are 1 to ${LIMITS.stateChunkBytes}`);
    try {
      const state = rules.codec.decode(encoded);
      const again = [...rules.codec.encode(state)];
      if (fingerprintChunks(again) !== fingerprintChunks(encoded)) add('a decoded state has another encoding');
      const difference = differenceInBehaviour(sample, rules, applied[index], state);
      if (difference !== undefined) add(`a decoded state behaves differently: ${difference}`);
    } catch (thrown) {
      add(`its own encoding does not decode: ${describeThrown(thrown)}`);
    }
  }
}

function differenceInBehaviour(
  sample: Sample,
  rules: ReturnType<Sample['createRules']>,
  call: ApplyCall | undefined,
  decoded: unknown,
): string | undefined {
  if (call === undefined) return undefined;
  const { header, after } = call;
  const same = (name: string, read: (state: unknown) => unknown): string | undefined =>
    fingerprint(read(after)) === fingerprint(read(decoded)) ? undefined : name;
  const child = sample.accepted.find(({ header: { parentId } }) => parentId === header.id);
  const asked = sample.journal.directed.find(({ context: { parentId } }) => parentId === header.id);
  const next = sample.applied.find(({ header: { parentId } }) => parentId === header.id);
  return (
    same('validators', (state) => rules.validators(state)) ??
    same('exportHandover', (state) => rules.exportHandover(state, header)) ??
    same('verifyHeader', (state) => child && rules.verifyHeader(child.header, { ...child.parent, state }, child.now)) ??
    same('applyHeader', (state) => {
      return next && fingerprintChunks(rules.codec.encode(rules.applyHeader(state, next.header, next.facts)));
    }) ??
    same('directives', (state) => asked && rules.directives?.(state, asked.context, asked.evidence)) ??
    same('branchWeight', (state) => child && rules.branchWeight?.(state, child.header)) ??
    same('compareTips', (state) => child && rules.compareTips?.({ ...child.parent, state }, child.parent)) ??
    same('depth', (state) => (rules.finality.kind === 'settle' ? rules.finality.depth(state) : undefined))
  );
}

function refuseOthers(sample: Sample, random: RandomStream, findings: Findings): void {
  const states = sample.applied.map(({ encoded }) => encoded);
  if (states.length === 0) return;
  const draw = (): readonly Bytes[] => states[random.integer(0, states.length - 1)] ?? [];
  for (let count = 0; count < MUTATIONS && !findings.isFull; count++) {
    tryForeign(sample, mutateChunks(draw(), random), findings);
  }
  for (let count = 0; count < RANDOM_TRIES && !findings.isFull; count++) {
    tryForeign(sample, [random.bytes(random.integer(0, RANDOM_BYTES_MAX))], findings);
  }
  for (const chunks of [[], [new Uint8Array()]]) tryForeign(sample, chunks, findings);
}

function tryForeign(sample: Sample, chunks: readonly Bytes[], findings: Findings): void {
  findings.count('foreign encodings');
  const { codec } = sample.createRules();
  const trace = [`chunks: ${chunks.map((chunk) => `0x${toHex(chunk).slice(0, CHUNK_SHOWN)}`).join(' ') || 'none'}`];
  const add = (message: string): void => findings.add({ rule: 'contract CK-03', message, trace, seed: sample.seed });
  let state: unknown;
  try {
    state = codec.decode(chunks);
  } catch (thrown) {
    if (isConsensusError(thrown, 'INVALID_ENCODING')) return;
    add(`codec.decode throws ${describeThrown(thrown)} instead of INVALID_ENCODING`);
    return;
  }
  try {
    if (fingerprintChunks(codec.encode(state)) === fingerprintChunks(chunks)) return;
    add('codec.decode takes bytes that codec.encode cannot yield: a state would have two encodings');
  } catch (thrown) {
    add(`codec.decode returns a state that cannot be encoded: ${describeThrown(thrown)}`);
  }
}
