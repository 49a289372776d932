/**
 * The plugin starts where others end, and others where it ends (contract CK-12, H-33).
 *
 * @module
 */
import {
  type ConsensusHeader,
  type ConsensusPlugin,
  type ConsensusRules,
  type Handover,
  isConsensusError,
  LIMITS,
  protocolId,
  type Validator,
} from '@fiducia/consensus';
import { describeThrown } from '../describe.ts';
import { fingerprintChunks } from '../inspect/fingerprint.ts';
import { Findings, type KitItem } from '../item.ts';
import { referenceNotary } from '../reference/notary.ts';
import { referenceTurns } from '../reference/turns.ts';
import type { Sample } from '../sample/sample.ts';

const RANDOMNESS_BYTES = 32;
const EXPORTS = 6;

/** Rules with a place where they end. */
interface Ending {
  readonly name: string;
  readonly handover: Handover;
  readonly parent: ConsensusHeader;
}

/** The requirement. */
export const handover: KitItem = {
  id: 'CK-12',
  title: 'exportHandover → initialState works for every ordered pair with the reference plugins, or is refused',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      const own = { plugin: sample.plugin, config: sample.config };
      const references = [referenceTurns(), referenceNotary()].map((plugin) => {
        return { plugin: plugin as ConsensusPlugin, config: plugin.parseConfig({ slotMs: context.subject.slotMs }) };
      });
      const endings = endingsOf(sample, findings);
      for (const ending of endings) for (const next of [...references, own]) begin(sample, ending, next, findings);
      const isGadget = sample.plugin.traits.role === 'finality';
      for (const reference of references)
        begin(sample, endingOf(sample, reference), isGadget ? reference : own, findings);
    }
    return findings.outcome();
  },
};

/** Exports along the life of the sample. */
function endingsOf(sample: Sample, findings: Findings): readonly Ending[] {
  const rules = sample.createRules();
  const step = Math.max(1, Math.floor(sample.applied.length / EXPORTS));
  return sample.applied
    .filter((_, index) => index % step === 0)
    .flatMap(({ header, after }) => {
      findings.count('exports');
      const exported = rules.exportHandover(after, header);
      const problem = problemOf(exported, rules.validators(after), sample.plugin);
      if (problem === undefined) return [{ name: sample.plugin.name, handover: exported, parent: header }];
      const trace = [`${sample.plugin.name} at height ${header.height}`];
      findings.add({ rule: 'contract CK-12', message: `exportHandover: ${problem}`, trace, seed: sample.seed });
      return [];
    });
}

function problemOf(
  { validators, randomness, extra }: Handover,
  current: readonly Validator[],
  { requires }: ConsensusPlugin,
): string | undefined {
  if (!(randomness instanceof Uint8Array) || randomness.length !== RANDOMNESS_BYTES)
    return 'randomness is not 32 bytes';
  if (!(extra instanceof Map)) return 'extra is no map';
  if (validators.length > LIMITS.validators) return `${validators.length} validators`;
  if (new Set(validators.map(({ id }) => id)).size !== validators.length) return 'a validator is listed twice';
  if (validators.some(({ weight }) => weight < 0n)) return 'a weight is negative';
  if (requires.validators && current.length > 0 && !validators.some(({ weight }) => weight > 0n)) {
    return 'nobody of positive weight is handed over, though there are validators';
  }
  return undefined;
}

/** Where a reference plugin ends that has never made a block. */
function endingOf(sample: Sample, { plugin, config }: { plugin: ConsensusPlugin; config: unknown }): Ending {
  const validators = sample.members.map((id) => ({ id, weight: 1n }));
  const rules = rulesOf(sample, plugin, config, 0);
  const first = { validators, randomness: new Uint8Array(RANDOMNESS_BYTES), extra: new Map() };
  const state = rules.initialState({ era: 0, parent: sample.start.parent, handover: first, census: [] });
  const parent = { ...sample.start.parent, height: 40, timestamp: sample.start.parent.timestamp + 60_000 };
  return { name: plugin.name, handover: rules.exportHandover(state, parent), parent };
}

function begin(
  sample: Sample,
  { name, handover: given, parent }: Ending,
  next: { readonly plugin: ConsensusPlugin; readonly config: unknown },
  findings: Findings,
): void {
  const pair = `${name} → ${next.plugin.name}`;
  const rules = rulesOf(sample, next.plugin, next.config, 1);
  const add = (rule: string, message: string): void => {
    findings.add({ rule, message: `${pair}: ${message}`, trace: [`from height ${parent.height}`], seed: sample.seed });
  };
  try {
    const state = rules.initialState({ era: 1, parent, handover: given, census: sample.start.census });
    findings.count('starts');
    const chunks = [...rules.codec.encode(state)];
    const again = rules.codec.encode(rules.codec.decode(chunks));
    if (fingerprintChunks(again) !== fingerprintChunks(chunks))
      add('contract CK-03', 'the first state has two encodings');
    const validators = rules.validators(state);
    if (next.plugin.requires.validators && !validators.some(({ weight }) => weight > 0n)) {
      add('contract H-33', 'the era starts without a validator of positive weight, and nobody could ever act');
    }
  } catch (thrown) {
    if (isConsensusError(thrown, 'INVALID_HANDOVER')) findings.count('refusals');
    else add('contract H-33', `initialState throws ${describeThrown(thrown)}, not INVALID_HANDOVER`);
  }
}

function rulesOf({ context }: Sample, plugin: ConsensusPlugin, config: unknown, era: number): ConsensusRules<unknown> {
  return plugin.createRules(config, { ...context, era, protocol: protocolId(plugin) });
}
