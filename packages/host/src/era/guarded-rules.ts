/**
 * Rules with a fence: a throw or an exceeded limit becomes a `PLUGIN_DEFECT` (contract H-17).
 *
 * @module
 */
import { type ConsensusRules, LIMITS, type ProtocolId } from '@fiducia/consensus';
import { HostError, isHostError, reasonOf } from '../errors.ts';

/** Wraps every function of `rules` that must not throw. `initialState` and `codec.decode` may. */
export function guardRules(rules: ConsensusRules<unknown>, protocol: ProtocolId): ConsensusRules<unknown> {
  const call = <T>(name: string, run: () => T): T => callPlugin(protocol, name, run);
  const { finality, branchWeight, compareTips, directives, conflictKey, verifyEvidence, verifyCertificate } = rules;

  return {
    codec: {
      encode: (state) => guardChunks(protocol, rules.codec.encode(state)),
      decode: (chunks) => rules.codec.decode(chunks),
    },
    finality: finality.kind === 'settle' ? guardDepth(finality.depth.bind(finality), call) : finality,
    initialState: (start) => rules.initialState(start),
    verifyHeader: (header, parent, now) => call('verifyHeader', () => rules.verifyHeader(header, parent, now)),
    applyHeader: (state, header, facts) => call('applyHeader', () => rules.applyHeader(state, header, facts)),
    validators: (state) =>
      call('validators', () => bounded(rules.validators(state), LIMITS.validators, 'too many validators')),
    exportHandover: (state, header) => call('exportHandover', () => rules.exportHandover(state, header)),
    ...(branchWeight && {
      branchWeight: (state, header) => call('branchWeight', () => positive(branchWeight.call(rules, state, header))),
    }),
    ...(compareTips && { compareTips: (a, b) => call('compareTips', () => compareTips.call(rules, a, b)) }),
    ...(directives && {
      directives: (state, context, evidence) =>
        call('directives', () =>
          bounded(directives.call(rules, state, context, evidence), LIMITS.directivesPerBlock, 'too many directives'),
        ),
    }),
    ...(conflictKey && { conflictKey: (artefact) => call('conflictKey', () => conflictKey.call(rules, artefact)) }),
    ...(verifyEvidence && {
      verifyEvidence: (evidence, state, subjects) =>
        call('verifyEvidence', () => verifyEvidence.call(rules, evidence, state, subjects)),
    }),
    ...(verifyCertificate && {
      verifyCertificate: (certificate, parent) =>
        call('verifyCertificate', () => verifyCertificate.call(rules, certificate, parent)),
    }),
  };
}

/** Runs plugin code that must not throw. */
export function callPlugin<T>(protocol: ProtocolId, name: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    if (isHostError(thrown)) throw thrown;
    throw pluginDefect(protocol, name, reasonOf(thrown), thrown);
  }
}

/** Builds the error that stops engine and signing. */
export function pluginDefect(protocol: ProtocolId, call: string, reason: string, cause?: unknown): HostError {
  return new HostError({ code: 'PLUGIN_DEFECT', protocol, call, reason }, cause);
}

function* guardChunks(protocol: ProtocolId, chunks: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const iterator = callPlugin(protocol, 'codec.encode', () => chunks[Symbol.iterator]());
  for (;;) {
    const next = callPlugin(protocol, 'codec.encode', () => iterator.next());
    if (next.done === true) return;
    if (next.value.length === 0 || next.value.length > LIMITS.stateChunkBytes) {
      throw pluginDefect(protocol, 'codec.encode', `chunk of ${next.value.length} bytes`);
    }
    yield next.value;
  }
}

function guardDepth(
  depth: (state: unknown) => number,
  call: <T>(name: string, run: () => T) => T,
): ConsensusRules<unknown>['finality'] {
  return { kind: 'settle', depth: (state) => call('finality.depth', () => depth(state)) };
}

function bounded<T>(list: readonly T[], max: number, reason: string): readonly T[] {
  if (list.length > max) throw new RangeError(`${reason}: ${list.length}`);
  return list;
}

function positive(weight: bigint): bigint {
  if (weight < 1n) throw new RangeError(`weight ${weight} is below 1`);
  return weight;
}
