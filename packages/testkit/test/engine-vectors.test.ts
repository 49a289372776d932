import type { ConsensusEngine, ConsensusPlugin, SignedMessage } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { formatReport, runConformance } from '../src/index.ts';
import { sha256 } from '../src/inspect/hash.ts';
import { toTaggedJson } from '../src/inspect/tagged-json.ts';
import { referenceNotary } from '../src/reference/notary.ts';
import { engineAnswers, type GoldenEngineLife } from '../src/vectors/engine-life.ts';
import { hashAnswers } from '../src/vectors/judge.ts';
import { recordEngineLives } from '../src/vectors/record-engines.ts';
import { subjectOf } from './subjects.ts';

const protocol = 'testkit-notary@1';
const NOTARY = referenceNotary() as ConsensusPlugin;
const TWINS = { config: { slotMs: 200 }, slotMs: 200, roundsMs: [250, 200, 200] };

/** The report on a plugin whose engines are held against one life. */
async function reportOn(plugin: ConsensusPlugin, life: GoldenEngineLife): Promise<string> {
  const answers = hashAnswers(engineAnswers(NOTARY, life, { protocol, sha256 }));
  const engines = [JSON.parse(JSON.stringify({ ...(toTaggedJson(life) as object), answers }))];
  const vectors = { protocol, lives: [], engines };
  return formatReport(await runConformance({ ...subjectOf(plugin), vectors }, { items: ['CK-22'] }));
}

function withEngine(change: (engine: ConsensusEngine<unknown>) => ConsensusEngine<unknown>): ConsensusPlugin {
  return {
    ...NOTARY,
    createEngine(config, rules, context) {
      const engine = NOTARY.createEngine?.(config, rules, context);
      if (engine === undefined) throw new TypeError('the notary has an engine');
      return change(engine);
    },
  };
}

describe('lives of engines among golden vectors (contract CK-22)', () => {
  it('come of different scenarios, and tell an engine that acts otherwise', async () => {
    const lives = await recordEngineLives({ ...subjectOf(NOTARY), twins: TWINS }, 1, 20);
    expect(new Set(lives.map(({ name }) => name.replace(/^.*scenario /, ''))).size).toBe(lives.length);
    const life = lives.find(({ inputs }) => inputs.some(({ input }) => input.kind === 'headChanged'));
    if (life === undefined) throw new Error('no life has a block');
    expect(await reportOn(NOTARY, life)).toContain('ok   CK-22');
    const idle = withEngine((engine) => ({
      start: (start, now) => engine.start(start, now),
      on: (input, now) => engine.on(input, now).filter(({ kind }) => kind !== 'setTimer'),
    }));
    const report = await reportOn(idle, life);
    expect(report).toMatch(/no longer hold: the engine of machine \d in scenario \d+ answers otherwise at \d+/);
    expect(report).toContain('record the vectors anew');
    expect(await recordEngineLives(subjectOf(NOTARY), 1)).toEqual([]);
  });

  /** A message that quotes what another member signed: its author cannot change that, and everything else. */
  it('are asked what happens when the author of a message had said something else, and nothing that only others can sign', () => {
    const message: SignedMessage = { author: 'ada', payload: Uint8Array.of(0, 4, 0, 7), signature: new Uint8Array(2) };
    const answersOf = (isTaken: (payload: Uint8Array) => boolean): readonly string[] => {
      const plugin: ConsensusPlugin = {
        ...withEngine(() => ({
          start: () => [],
          on: (input) =>
            input.kind === 'messageReceived' && isTaken(input.message.payload)
              ? [{ kind: 'cancel', requestId: 'taken' }]
              : [],
        })),
        createRules: (config, context) => ({
          ...NOTARY.createRules(config, context),
          messageClaims: ({ payload, signature }) => [
            { kind: 'signature', signer: 'ben', domain: 'message', data: payload.slice(3), signature },
          ],
        }),
      };
      return Array.from(engineAnswers(plugin, LIFE, { protocol, sha256 }), ({ text }) => text);
    };
    const parent = {
      id: 'first',
      parentId: '',
      height: 0,
      timestamp: 0,
      author: '',
      protocol,
      digest: EMPTY,
      seal: EMPTY,
      sealHash: EMPTY,
    } as const;
    const LIFE: GoldenEngineLife = {
      name: 'made up',
      config: { slotMs: 1_000 },
      chainId: new Uint8Array(32),
      era: 0,
      start: { parent, handover: { validators: [{ id: 'ada', weight: 1n }] }, census: [] } as never,
      blocks: [],
      self: 'cleo',
      begin: {
        head: { id: 'first', totalWeight: 0n },
        finalized: parent,
        log: [],
        entropy: EMPTY,
        behind: false,
        now: 0,
      },
      inputs: [{ input: { kind: 'messageReceived', from: 'peer', message }, now: 1 }],
    };
    const first = answersOf(([, number = 0]) => number > 3);
    expect(answersOf(([, number = 0]) => number > 2)).not.toEqual(first);
    expect(answersOf(([, number = 0, , quoted = 0]) => number > 3 && quoted > 0)).toEqual(first);
    expect(answersOf(([, number = 0, , quoted = 0]) => number > 3 && quoted !== 8)).toEqual(first);
  });
});

const EMPTY = new Uint8Array();
