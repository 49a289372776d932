/**
 * What a plugin promises and asks for is what it does (contract CK-20).
 *
 * @module
 */
import {
  type Claim,
  type ConsensusPlugin,
  type ConsensusRules,
  definePlugin,
  type Effect,
  type Fact,
  type FactKind,
} from '@fiducia/consensus';
import { describeHeader, describeThrown } from '../describe.ts';
import { fingerprintChunks } from '../inspect/fingerprint.ts';
import { Findings, type KitItem } from '../item.ts';
import type { Sample } from '../sample/sample.ts';
import { changedHeaders } from '../vectors/changes.ts';

/** Accepted headers that are changed in every way. */
const HEADERS_CHANGED = 4;
const CODE = /^[A-Z][A-Z0-9_]*$/;

/** Effects that only production may ask for. */
const PRODUCTION_EFFECTS: readonly Effect['kind'][] = ['buildBlock', 'mine'];

/** The requirement. */
export const traits: KitItem = {
  id: 'CK-20',
  title: 'traits and requirements match what is observed; no undeclared fact changes the state',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      const add = (message: string, ...trace: readonly string[]): void => {
        findings.add({ rule: 'contract CK-20', message, trace, seed: sample.seed });
      };
      checkStatics(sample, add);
      checkForks(sample, add);
      checkCodes(sample, add, findings);
      checkClaims(sample, add, findings);
      checkEffects(sample, add);
      checkFacts(sample, add, findings);
    }
    return findings.outcome();
  },
};

type Add = (message: string, ...trace: readonly string[]) => void;

function checkStatics({ plugin, createRules }: Sample, add: Add): void {
  try {
    definePlugin(plugin);
  } catch (thrown) {
    add(`the plugin is not well formed: ${describeThrown(thrown)}`);
  }
  const { faults, finality } = plugin.traits;
  if (faults.kind !== 'none') {
    // Two halves that hear nothing of each other would both go on; where members lie about final blocks, two thirds each.
    const parts = finality !== 'settle' && faults.kind === 'byzantine' ? 3 : 2;
    if (parts * faults.numerator > faults.denominator) {
      const text = `${faults.numerator} of ${faults.denominator}`;
      add(
        `traits.faults says that it bears up to ${text} ${faults.kind} members, and no protocol of its kind bears more than one of ${parts}`,
      );
    }
  }
  const observed = finalityOf(createRules(), plugin);
  if (observed !== plugin.traits.finality) {
    add(`traits.finality is ${plugin.traits.finality}, but the rules are those of ${observed}`);
  }
}

function finalityOf({ finality }: ConsensusRules<unknown>, { traits }: ConsensusPlugin): string {
  if (finality.kind === 'settle') return 'settle';
  return finality.attached && traits.role === 'production' ? 'instant' : 'checkpoint';
}

function checkForks({ plugin, reverted }: Sample, add: Add): void {
  if (plugin.traits.forks || reverted.length === 0) return;
  add(`traits.forks is false, but honest nodes took back ${reverted.length} blocks`, reverted.join(', '));
}

/** Codes are what operators search for and other nodes report: stable words, never sentences. */
function checkCodes({ accepted, members, createRules }: Sample, add: Add, findings: Findings): void {
  const rules = createRules();
  for (const { header, parent, now } of accepted.slice(0, HEADERS_CHANGED)) {
    for (const { header: changed, now: then } of changedHeaders({ header, now, parent: parent.header }, members)) {
      findings.count('refusals');
      const verdict = rules.verifyHeader(changed, parent, then);
      if (verdict.kind !== 'reject' || CODE.test(verdict.code)) continue;
      add(`the code of a refusal is "${verdict.code}" and not a stable word in UPPER_SNAKE`, describeHeader(changed));
    }
  }
}

function checkClaims({ plugin, config, accepted, journal }: Sample, add: Add, findings: Findings): void {
  const declared = new Set(plugin.requires.claims);
  const announced = new Set(plugin.claimsOf?.(config) ?? plugin.requires.claims);
  for (const kind of announced) if (!declared.has(kind)) add(`claimsOf names ${kind}, which requires.claims lacks`);
  const verdicts = [...accepted, ...journal.proofs, ...journal.certificates, ...journal.judged].map(
    ({ verdict }) => verdict,
  );
  const claims: readonly Claim[] = verdicts.flatMap((verdict) => (verdict.kind === 'accept' ? verdict.claims : []));
  for (const { kind } of claims) {
    findings.count('claims');
    if (!announced.has(kind)) add(`makes a claim of kind ${kind} that it does not declare`);
  }
}

function checkEffects({ plugin, sessions }: Sample, add: Add): void {
  if (plugin.traits.role !== 'finality') return;
  for (const { records } of sessions) {
    for (const record of records) {
      if (record.kind === 'engineStopped') continue;
      for (const effect of record.effects ?? []) {
        const isForeign = PRODUCTION_EFFECTS.includes(effect.kind);
        if (isForeign || (effect.kind === 'publish' && effect.sealing !== undefined)) {
          add(`a gadget asks for ${effect.kind}${isForeign ? '' : ' with a seal'}`);
        }
      }
    }
  }
}

/** The host filters facts, but a light client or a node of another make might not. */
function checkFacts(sample: Sample, add: Add, findings: Findings): void {
  const { requires } = sample.plugin;
  const declared = new Set<FactKind>([...requires.facts, ...(requires.optionalFacts ?? [])]);
  const foreign = foreignFacts(sample).filter(({ kind }) => !declared.has(kind));
  const rules = sample.createRules();
  for (const { state, header, facts, encoded } of sample.applied) {
    for (const fact of foreign) {
      findings.count('undeclared facts');
      try {
        const after = rules.codec.encode(rules.applyHeader(state, header, [fact, ...facts]));
        if (fingerprintChunks(after) === fingerprintChunks(encoded)) continue;
        add(`a fact of kind ${fact.kind}, which it does not declare, changes the state`, describeHeader(header));
      } catch (thrown) {
        add(`a fact of kind ${fact.kind} makes applyHeader throw: ${describeThrown(thrown)}`, describeHeader(header));
      }
    }
  }
}

function foreignFacts({ members, context }: Sample): readonly Fact[] {
  const [actor = 'a', other = 'b'] = members;
  const { protocol } = context;
  const nothing = new Uint8Array();
  const offence = {
    kind: 'custom',
    era: 0,
    protocol,
    offender: actor,
    height: 1,
    id: 'testkit',
    data: nothing,
  } as const;
  return [
    { kind: 'admission', actor: 'newcomer', deposit: 1_000_000n, category: 'WIND' },
    { kind: 'exit', actor },
    { kind: 'deposit', actor, total: 0n },
    { kind: 'ballot', from: actor, to: other, weight: 1_000_000n },
    { kind: 'participation', actor, round: 1 },
    { kind: 'stake', actor, total: 1_000_000n },
    { kind: 'key', actor, role: 'vrf', publicKey: new Uint8Array(33) },
    { kind: 'validators', validators: [{ id: 'stranger', weight: 1n }] },
    { kind: 'parameter', name: 'slotMs', value: '1' },
    { kind: 'evidence', evidence: offence },
    { kind: 'certificate', certificate: { protocol, data: nothing } },
    { kind: 'custom', id: 'testkit/nothing', data: nothing },
  ];
}
