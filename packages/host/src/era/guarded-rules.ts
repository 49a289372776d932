/**
 * Rules with a fence: a throw or an exceeded limit becomes a `PLUGIN_DEFECT` (contract H-17).
 *
 * @module
 */
import {
  type Claim,
  type ConsensusHeader,
  type ConsensusRules,
  type Directive,
  type EraStart,
  type Evidence,
  type Fact,
  type Handover,
  type HeaderContext,
  LIMITS,
  type Millis,
  type ProtocolId,
  type Tip,
  type Validator,
  type Verdict,
} from '@fiducia/consensus';
import { HostError, isHostError, reasonOf } from '../errors.ts';

/** Length of {@link Handover.randomness}. */
const RANDOMNESS_BYTES = 32;

/**
 * Creates rules and wraps every function that must not throw. `initialState` and `codec.decode` may. What
 * would pass through the host unnoticed if it were no verdict, weight, order or key is checked as well.
 */
export function guardRules(create: () => Rules, protocol: ProtocolId): Rules {
  const rules = callPlugin(protocol, 'createRules', create);
  return Object.assign(new GuardedRules(rules, protocol), guardRareRules(rules, protocol));
}

type Rules = ConsensusRules<unknown>;
type RareRules = 'compareTips' | 'conflictKey' | 'messageClaims' | 'verifyEvidence' | 'verifyCertificate';

/**
 * What is called for every block is a method. A closure for each call would be one of the larger things that an import
 * makes; a function of its own for each host is two more things to look at where a thousand of them take turns.
 */
class GuardedRules implements Omit<Rules, RareRules> {
  readonly codec: Rules['codec'];
  readonly finality: Rules['finality'];
  readonly branchWeight?: NonNullable<Rules['branchWeight']>;
  readonly directives?: NonNullable<Rules['directives']>;
  readonly #rules: Rules;
  readonly #protocol: ProtocolId;

  constructor(rules: Rules, protocol: ProtocolId) {
    this.#rules = rules;
    this.#protocol = protocol;
    this.codec = {
      encode: (state) => guardChunks(protocol, () => rules.codec.encode(state)),
      decode: (chunks) => rules.codec.decode(chunks),
    };
    this.finality =
      rules.finality.kind === 'settle'
        ? new Settlement(rules.finality, protocol)
        : guardProofs(rules.finality, protocol);
    // Absent where the plugin has none; otherwise one function for all hosts.
    if (rules.branchWeight) this.branchWeight = this.#branchWeight;
    if (rules.directives) this.directives = this.#directives;
  }

  verifyHeader(header: ConsensusHeader, parent: Tip<unknown>, now: Millis): Verdict {
    try {
      return verdict(this.#rules.verifyHeader(header, parent, now));
    } catch (thrown) {
      throw defectOf(this.#protocol, 'verifyHeader', thrown);
    }
  }

  applyHeader(state: unknown, header: ConsensusHeader, facts: readonly Fact[]): unknown {
    try {
      return this.#rules.applyHeader(state, header, facts);
    } catch (thrown) {
      throw defectOf(this.#protocol, 'applyHeader', thrown);
    }
  }

  initialState(start: EraStart): unknown {
    return this.#rules.initialState(start);
  }

  validators(state: unknown): readonly Validator[] {
    return callPlugin(this.#protocol, 'validators', () =>
      bounded(this.#rules.validators(state), LIMITS.validators, 'too many validators'),
    );
  }

  exportHandover(state: unknown, header: ConsensusHeader): Handover {
    return callPlugin(this.#protocol, 'exportHandover', () => handover(this.#rules.exportHandover(state, header)));
  }

  #branchWeight(state: unknown, header: HeaderContext): bigint {
    try {
      return positive(this.#rules.branchWeight?.(state, header) as bigint);
    } catch (thrown) {
      throw defectOf(this.#protocol, 'branchWeight', thrown);
    }
  }

  #directives(state: unknown, context: HeaderContext, evidence: readonly Evidence[]): readonly Directive[] {
    try {
      const wanted = this.#rules.directives?.(state, context, evidence) as readonly Directive[];
      return bounded(wanted, LIMITS.directivesPerBlock, 'too many directives');
    } catch (thrown) {
      throw defectOf(this.#protocol, 'directives', thrown);
    }
  }
}

/** Finality by depth, which is asked for at every head. */
class Settlement {
  readonly kind = 'settle';
  readonly #finality: Extract<Rules['finality'], { kind: 'settle' }>;
  readonly #protocol: ProtocolId;

  constructor(finality: Extract<Rules['finality'], { kind: 'settle' }>, protocol: ProtocolId) {
    this.#finality = finality;
    this.#protocol = protocol;
  }

  depth(state: unknown): number {
    try {
      return atLeastOne(this.#finality.depth(state));
    } catch (thrown) {
      throw defectOf(this.#protocol, 'finality.depth', thrown);
    }
  }
}

function guardRareRules(rules: Rules, protocol: ProtocolId): Pick<Rules, RareRules> {
  const call = <T>(name: string, run: () => T): T => callPlugin(protocol, name, run);
  const { compareTips, conflictKey, messageClaims, verifyEvidence, verifyCertificate } = rules;
  return {
    ...(compareTips && { compareTips: (a, b) => call('compareTips', () => order(compareTips.call(rules, a, b))) }),
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

function guardProofs(finality: Extract<Rules['finality'], { kind: 'proof' }>, protocol: ProtocolId): Rules['finality'] {
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
