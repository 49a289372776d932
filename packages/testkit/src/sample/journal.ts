/**
 * A plugin that writes down what a host asked its rules, and what they answered.
 *
 * @module
 */
import type {
  Artefact,
  Bytes,
  ConsensusHeader,
  ConsensusPlugin,
  ConsensusRules,
  Directive,
  EraStart,
  Evidence,
  Fact,
  HeaderContext,
  Millis,
  RulesContext,
  SignedMessage,
  Tip,
  Verdict,
} from '@fiducia/consensus';

/** A header that was judged. */
export interface VerifyCall {
  readonly header: ConsensusHeader;
  readonly parent: Tip<unknown>;
  readonly now: Millis;
  readonly verdict: Verdict;
}

/** A header that was applied. */
export interface ApplyCall {
  readonly state: unknown;
  readonly header: ConsensusHeader;
  readonly facts: readonly Fact[];
  readonly after: unknown;
  /** Encoding of `after` at that time. */
  readonly encoded: readonly Bytes[];
}

/** A decision about what the ledger has to do. */
interface DirectivesCall {
  readonly state: unknown;
  readonly context: HeaderContext;
  readonly evidence: readonly Evidence[];
  readonly directives: readonly Directive[];
}

/** A proof of finality that was judged. */
export interface ProofCall {
  readonly proof: Bytes;
  readonly header: ConsensusHeader;
  readonly parent: Tip<unknown>;
  readonly verdict: Verdict;
}

/** A certificate that was judged. */
interface CertificateCall {
  readonly certificate: Bytes;
  readonly parent: Tip<unknown>;
  readonly verdict: Verdict;
}

/** Evidence that was judged. */
interface EvidenceCall {
  readonly evidence: Evidence;
  readonly state: unknown;
  readonly subjects: readonly Artefact[];
  readonly verdict: Verdict;
}

/** Everything that the rules of one node were asked, in order. */
export interface Journal {
  /** Configuration and context of the rules, once there are any. */
  rules: { readonly config: unknown; readonly context: RulesContext } | null;
  readonly starts: { readonly start: EraStart; readonly state: unknown }[];
  readonly verified: VerifyCall[];
  readonly applied: ApplyCall[];
  readonly directed: DirectivesCall[];
  readonly proofs: ProofCall[];
  readonly certificates: CertificateCall[];
  readonly judged: EvidenceCall[];
  /** Messages of which the rules were asked for a conflict key. */
  readonly messages: SignedMessage[];
}

/** An empty journal. */
export function createJournal(): Journal {
  return {
    rules: null,
    starts: [],
    verified: [],
    applied: [],
    directed: [],
    proofs: [],
    certificates: [],
    judged: [],
    messages: [],
  };
}

/** The same plugin, whose rules write into the journal. */
export function journalPlugin(plugin: ConsensusPlugin, journal: Journal): ConsensusPlugin {
  return {
    ...plugin,
    parseConfig: (raw) => plugin.parseConfig(raw),
    createRules(config, context) {
      journal.rules = { config, context };
      return journalRules(plugin.createRules(config, context), journal);
    },
    ...(plugin.claimsOf && { claimsOf: (config) => plugin.claimsOf?.(config) ?? [] }),
    ...(plugin.createEngine && {
      createEngine(config, rules, context) {
        const engine = plugin.createEngine?.(config, rules, context);
        if (engine === undefined) throw new TypeError(`${plugin.name} made no engine`);
        return engine;
      },
    }),
  };
}

function journalRules(rules: ConsensusRules<unknown>, journal: Journal): ConsensusRules<unknown> {
  const { finality } = rules;
  return {
    codec: rules.codec,
    finality:
      finality.kind === 'settle'
        ? finality
        : {
            kind: 'proof',
            attached: finality.attached,
            verifyProof(proof, header, parent) {
              const verdict = finality.verifyProof(proof, header, parent);
              journal.proofs.push({ proof, header, parent, verdict });
              return verdict;
            },
          },
    initialState(start) {
      // A census can be read once, and both the rules and the kit want it.
      const kept = { ...start, census: [...start.census] };
      const state = rules.initialState(kept);
      journal.starts.push({ start: kept, state });
      return state;
    },
    verifyHeader(header, parent, now) {
      const verdict = rules.verifyHeader(header, parent, now);
      journal.verified.push({ header, parent, now, verdict });
      return verdict;
    },
    applyHeader(state, header, facts) {
      const after = rules.applyHeader(state, header, facts);
      journal.applied.push({ state, header, facts, after, encoded: [...rules.codec.encode(after)] });
      return after;
    },
    validators: (state) => rules.validators(state),
    exportHandover: (state, header) => rules.exportHandover(state, header),
    ...optionalRules(rules, journal),
  };
}

function optionalRules(rules: ConsensusRules<unknown>, journal: Journal): Partial<ConsensusRules<unknown>> {
  return {
    ...(rules.branchWeight && { branchWeight: (state, header) => rules.branchWeight?.(state, header) ?? 1n }),
    ...(rules.compareTips && { compareTips: (a, b) => rules.compareTips?.(a, b) ?? 0 }),
    ...(rules.directives && {
      directives(state, context, evidence) {
        const directives = rules.directives?.(state, context, evidence) ?? [];
        journal.directed.push({ state, context, evidence, directives });
        return directives;
      },
    }),
    ...(rules.conflictKey && {
      conflictKey(artefact) {
        if (artefact.kind === 'message') journal.messages.push(artefact.message);
        return rules.conflictKey?.(artefact);
      },
    }),
    ...(rules.messageClaims && { messageClaims: (message) => rules.messageClaims?.(message) ?? [] }),
    ...(rules.verifyEvidence && {
      verifyEvidence(evidence, state, subjects) {
        const verdict = rules.verifyEvidence?.(evidence, state, subjects) ?? { kind: 'reject', code: 'NONE' };
        journal.judged.push({ evidence, state, subjects, verdict });
        return verdict;
      },
    }),
    ...(rules.verifyCertificate && {
      verifyCertificate(certificate, parent) {
        const verdict = rules.verifyCertificate?.(certificate, parent) ?? { kind: 'reject', code: 'NONE' };
        journal.certificates.push({ certificate, parent, verdict });
        return verdict;
      },
    }),
  };
}
