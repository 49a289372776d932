/**
 * Rules with a fence: a throw or an exceeded limit becomes a `PLUGIN_DEFECT` (contract H-17).
 *
 * @module
 */
import {
  type Claim,
  type ConsensusRules,
  type Handover,
  LIMITS,
  type ProtocolId,
  type Verdict,
} from '@fiducia/consensus';
import { HostError, isHostError, reasonOf } from '../errors.ts';

/** Length of {@link Handover.randomness}. */
const RANDOMNESS_BYTES = 32;

/**
 * Creates rules and wraps every function that must not throw. `initialState` and `codec.decode` may. What
 * would pass through the host unnoticed if it were no verdict, weight, order or key is checked as well.
 */
export function guardRules(create: () => ConsensusRules<unknown>, protocol: ProtocolId): ConsensusRules<unknown> {
  const call = <T>(name: string, run: () => T): T => callPlugin(protocol, name, run);
  const rules = call('createRules', create);
  const { finality, branchWeight, compareTips, directives, conflictKey, messageClaims } = rules;
  const { verifyEvidence, verifyCertificate } = rules;

  return {
    codec: {
      encode: (state) => guardChunks(protocol, () => rules.codec.encode(state)),
      decode: (chunks) => rules.codec.decode(chunks),
    },
    ...guardImport(rules, protocol),
    finality: guardFinality(finality, protocol),
    initialState: (start) => rules.initialState(start),
    validators: (state) =>
      call('validators', () => bounded(rules.validators(state), LIMITS.validators, 'too many validators')),
    exportHandover: (state, header) => call('exportHandover', () => handover(rules.exportHandover(state, header))),
    ...(branchWeight && { branchWeight: guardWeight(rules, branchWeight, protocol) }),
    ...(compareTips && { compareTips: (a, b) => call('compareTips', () => order(compareTips.call(rules, a, b))) }),
    ...(directives && { directives: guardDirectives(rules, directives, protocol) }),
    ...(conflictKey && {
      conflictKey: (artefact) => call('conflictKey', () => key(conflictKey.call(rules, artefact))),
    }),
    ...(messageClaims && {
      messageClaims: (message) => call('messageClaims', () => claims(messageClaims.call(rules, message))),
    }),
    ...(verifyEvidence && {
      verifyEvidence: (evidence, state, subjects) =>
        call('verifyEvidence', () => verdict(verifyEvidence.call(rules, evidence, state, subjects))),
    }),
    ...(verifyCertificate && {
      verifyCertificate: (certificate, parent) =>
        call('verifyCertificate', () => verdict(verifyCertificate.call(rules, certificate, parent))),
    }),
  };
}

type Rules = ConsensusRules<unknown>;

// What is called for every block is written out: a closure for each call is one of the larger things that an import makes.

function guardImport(rules: Rules, protocol: ProtocolId): Pick<Rules, 'verifyHeader' | 'applyHeader'> {
  return {
    verifyHeader(header, parent, now) {
      try {
        return verdict(rules.verifyHeader(header, parent, now));
      } catch (thrown) {
        throw defectOf(protocol, 'verifyHeader', thrown);
      }
    },
    applyHeader(state, header, facts) {
      try {
        return rules.applyHeader(state, header, facts);
      } catch (thrown) {
        throw defectOf(protocol, 'applyHeader', thrown);
      }
    },
  };
}

function guardWeight(
  rules: Rules,
  branchWeight: NonNullable<Rules['branchWeight']>,
  protocol: ProtocolId,
): NonNullable<Rules['branchWeight']> {
  return (state, header) => {
    try {
      return positive(branchWeight.call(rules, state, header));
    } catch (thrown) {
      throw defectOf(protocol, 'branchWeight', thrown);
    }
  };
}

function guardDirectives(
  rules: Rules,
  directives: NonNullable<Rules['directives']>,
  protocol: ProtocolId,
): NonNullable<Rules['directives']> {
  return (state, context, evidence) => {
    try {
      const wanted = directives.call(rules, state, context, evidence);
      return bounded(wanted, LIMITS.directivesPerBlock, 'too many directives');
    } catch (thrown) {
      throw defectOf(protocol, 'directives', thrown);
    }
  };
}

/** Runs plugin code that must not throw. */
export function callPlugin<T>(protocol: ProtocolId, name: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw defectOf(protocol, name, thrown);
  }
}

/** What stops engine and signing because plugin code threw. */
export function defectOf(protocol: ProtocolId, call: string, thrown: unknown): HostError {
  return isHostError(thrown) ? thrown : pluginDefect(protocol, call, reasonOf(thrown), thrown);
}

/** Builds the error that stops engine and signing. */
export function pluginDefect(protocol: ProtocolId, call: string, reason: string, cause?: unknown): HostError {
  return new HostError({ code: 'PLUGIN_DEFECT', protocol, call, reason }, cause);
}

function* guardChunks(protocol: ProtocolId, encode: () => Iterable<Uint8Array>): Iterable<Uint8Array> {
  const iterator = callPlugin(protocol, 'codec.encode', () => encode()[Symbol.iterator]());
  for (;;) {
    const next = callPlugin(protocol, 'codec.encode', () => iterator.next());
    if (next.done === true) return;
    if (next.value.length === 0 || next.value.length > LIMITS.stateChunkBytes) {
      throw pluginDefect(protocol, 'codec.encode', `chunk of ${next.value.length} bytes`);
    }
    yield next.value;
  }
}

function guardFinality(finality: Rules['finality'], protocol: ProtocolId): Rules['finality'] {
  if (finality.kind === 'settle') {
    return {
      kind: 'settle',
      depth(state) {
        try {
          return atLeastOne(finality.depth(state));
        } catch (thrown) {
          throw defectOf(protocol, 'finality.depth', thrown);
        }
      },
    };
  }
  const { attached, accountableBlocks } = finality;
  return {
    kind: 'proof',
    attached,
    ...(accountableBlocks !== undefined && {
      accountableBlocks: callPlugin(protocol, 'finality.accountableBlocks', () => atLeastOne(accountableBlocks)),
    }),
    verifyProof: (proof, header, parent) =>
      callPlugin(protocol, 'finality.verifyProof', () => verdict(finality.verifyProof(proof, header, parent))),
  };
}

function bounded<T>(list: readonly T[], max: number, reason: string): readonly T[] {
  if (list.length > max) throw new RangeError(`${reason}: ${list.length}`);
  return list;
}

function positive(weight: bigint): bigint {
  if (typeof weight !== 'bigint' || weight < 1n) throw new RangeError(`weight ${weight} is below 1`);
  return weight;
}

function atLeastOne(blocks: number): number {
  if (!Number.isSafeInteger(blocks) || blocks < 1) throw new RangeError(`${blocks} blocks are below 1`);
  return blocks;
}

/** Any number but NaN, which would beat every head. */
function order(preference: number): number {
  if (typeof preference !== 'number' || Number.isNaN(preference)) throw new TypeError(`${preference} is no order`);
  return preference;
}

function key(value: string | undefined): string | undefined {
  if (value !== undefined && typeof value !== 'string') throw new TypeError('the conflict key is no text');
  return value;
}

function handover(value: Handover): Handover {
  if (!Array.isArray(value.validators) || !(value.extra instanceof Map))
    throw new TypeError('the handover is malformed');
  if (!(value.randomness instanceof Uint8Array) || value.randomness.length !== RANDOMNESS_BYTES) {
    throw new TypeError('the randomness of the handover is malformed');
  }
  return value;
}

function claims(value: readonly Claim[]): readonly Claim[] {
  if (!Array.isArray(value)) throw new TypeError('the claims are no list');
  return value;
}

function verdict(value: Verdict): Verdict {
  if (value.kind === 'accept' && Array.isArray(value.claims)) return value;
  if (value.kind === 'reject' && typeof value.code === 'string') return value;
  if (value.kind === 'defer' && Number.isSafeInteger(value.until)) return value;
  throw new TypeError('the verdict is malformed');
}
