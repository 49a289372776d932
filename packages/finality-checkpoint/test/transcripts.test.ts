import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Tip } from '@fiducia/consensus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Certificate, type CheckpointState, encodeCertificate, encodeVote, type Link } from '../src/index.ts';
import { type BlockBody, CONTEXT, factsOf, headerOf, member, TestGuard, validators, World } from './support.ts';

/**
 * The schedules at rule level: votes are fed to guards and rules, without engines and networks. `FIDUCIA_REWRITE=1
 * npx vitest run packages/finality-checkpoint/test/transcripts.test.ts` writes what is said (lines with `>`) into
 * the transcripts; the difference is then reviewed like code.
 */
const DIRECTORY = new URL('../testdata/', import.meta.url);
const FAULTS = ['none', 'target', 'source', 'amnesia', 'strict hand-over', 'no F5'] as const;

type Fault = (typeof FAULTS)[number];

/** What each fault means, for who reads the transcripts. */
const PLANTED: Readonly<Record<Exclude<Fault, 'none'>, string>> = {
  target: 'voters did not mind their highest target',
  source: 'voters did not mind their highest source',
  amnesia: 'a crash took the record of what was signed',
  'strict hand-over': 'nobody voted for targets above b + 1',
  'no F5': 'what an era finalises above its boundary counted',
};
type Modules = typeof import('../src/index.ts') & Pick<typeof import('../src/handover.ts'), 'commitmentFor'>;

afterEach(() => {
  vi.doUnmock('../src/handover.ts');
  vi.resetModules();
});

async function load(fault: Fault): Promise<Modules> {
  vi.resetModules();
  if (fault === 'no F5') {
    vi.doMock('../src/handover.ts', async (original) => {
      const module = await original<typeof import('../src/handover.ts')>();
      return {
        ...module,
        isHandover: (...[state, link, context]: Parameters<typeof module.isHandover>) =>
          state.checkpoints.get(link.target.number) !== link.target.id && module.isHandover(state, link, context),
      };
    });
  }
  return { ...(await import('../src/index.ts')), ...(await import('../src/handover.ts')) };
}

interface Ballot {
  readonly link: Link;
  readonly signatures: Map<number, Uint8Array>;
}

class Interpreter {
  readonly #modules: Modules;
  readonly #fault: Fault;
  readonly #guards = new Map<string, TestGuard>();
  readonly #chains: string[][] = [];
  readonly #bodies = new Map<string, BlockBody>();
  readonly #ballots = new Map<string, Ballot>();
  #grace = 2;

  constructor(modules: Modules, fault: Fault) {
    this.#modules = modules;
    this.#fault = fault;
  }

  /** Carries out one line and says what came of it. */
  run(line: string): readonly string[] {
    const [command = '', ...rest] = line.replace(':', '').split(' ');
    switch (command) {
      case 'grace':
        this.#grace = Number(rest[0]);
        return [];
      case 'announce':
        this.#bodies.set(rest[0] ?? '', { validators: validators(...rest.slice(1)) });
        return [];
      case 'chain':
        this.#chains.push(rest);
        return [];
      case 'crash':
        if (this.#fault === 'amnesia') this.#guards.delete(rest[0] ?? '');
        return [];
      case 'vote':
        return this.#vote(rest.slice(0, -2), rest.at(-2) ?? '', rest.at(-1) ?? '');
      case 'final':
        return [`final: ${this.finals().join(' ') || 'nothing'}`];
      default:
        throw new Error(`unknown line: ${line}`);
    }
  }

  /** Checkpoints that some chain shows to be final, genesis aside. */
  finals(): readonly string[] {
    const finals = this.#chains.flatMap((chain) => this.#tip(chain).finals);
    return [...new Set(finals)].sort();
  }

  #vote(voters: readonly string[], source: string, target: string): readonly string[] {
    const chain = this.#chains.find((names) => names.includes(target)) ?? [];
    const { tip } = this.#tip(chain);
    const { state } = tip;
    const place = (name: string) => ({ number: chain.indexOf(name), id: name });
    const handover = this.#modules.commitmentFor(state, chain.indexOf(source), CONTEXT);
    const link = { term: state.term.number, source: place(source), target: place(target), handover };
    const said: string[] = [];
    for (const name of voters) {
      const refusal = this.#cast(name, link, state);
      if (refusal !== undefined) said.push(`${name} refuses (${refusal})`);
    }
    return said;
  }

  /** @returns Why there is no vote. */
  #cast(name: string, link: Link, state: CheckpointState): string | undefined {
    const { handover } = state;
    const isAbove = handover !== null && link.target.number > handover.boundary + 1;
    if (this.#fault === 'strict hand-over' && isAbove) return 'above the boundary';
    const seat = state.term.committee.seats.findIndex(({ id }) => id === member(name).id);
    if (seat < 0) return 'no seat';
    const payload = encodeVote(link);
    const { guard, isByzantine } = this.#guardOf(name);
    const floors = { source: link.term * 2 ** 32 + link.source.number };
    const position = { lane: 'vote', sequence: [link.term, link.target.number], floors };
    if (!isByzantine) {
      const signed = guard.sign(payload, position);
      if (signed === undefined) return guard.refused.at(-1) ?? 'guard';
      if (signed.join() !== payload.join()) return 'voted otherwise';
    }
    const ballot = this.#ballots.get(payload.join()) ?? { link, signatures: new Map<number, Uint8Array>() };
    this.#ballots.set(payload.join(), ballot);
    ballot.signatures.set(seat, member(name).sign(payload));
    return undefined;
  }

  #guardOf(name: string): { guard: TestGuard; isByzantine: boolean } {
    const mark = this.#fault === 'target' || this.#fault === 'source' ? this.#fault : undefined;
    const guard = this.#guards.get(name) ?? new TestGuard(mark);
    this.#guards.set(name, guard);
    return { guard, isByzantine: name === '3' && this.#bodies.size === 0 };
  }

  /** State at the end of a chain, with every certificate that there is put into blocks on top of it. */
  #tip(chain: readonly string[]): { tip: Tip<CheckpointState>; finals: readonly string[] } {
    const world = new World({ config: { grace: this.#grace } });
    const rules = this.#modules.checkpointFinality().createRules(world.config, CONTEXT);
    const handed = { validators: validators(0, 1, 2, 3), randomness: new Uint8Array(32), extra: new Map() };
    const genesis = world.genesis.header;
    const state = rules.initialState({ era: 0, parent: genesis, handover: handed, census: [] });
    let tip: Tip<CheckpointState> = { header: genesis, state, totalWeight: 0n };
    const extend = (name: string, body: BlockBody): void => {
      const header = headerOf(name, tip.header);
      tip = { header, state: rules.applyHeader(tip.state, header, factsOf(body)), totalWeight: 0n };
    };
    for (const name of chain.slice(1)) extend(name, this.#bodies.get(name) ?? {});
    const finals = new Set<string>();
    for (const { link, signatures } of this.#ballots.values()) {
      const voters = [...signatures.keys()].sort((a, b) => a - b);
      const certificate: Certificate = {
        link,
        voters,
        signatures: voters.map((voter) => signatures.get(voter) ?? new Uint8Array()),
      };
      const data = encodeCertificate(certificate);
      if (rules.verifyCertificate?.(data, tip).kind !== 'accept') continue;
      extend(`+${finals.size}${link.target.id}`, { certificates: [data] });
      if (tip.state.final.id !== 'g') finals.add(tip.state.final.id);
    }
    return { tip, finals: [...finals] };
  }
}

function play(lines: readonly string[], modules: Modules, fault: Fault): { said: string; finals: readonly string[] } {
  const interpreter = new Interpreter(modules, fault);
  const out: string[] = [];
  for (const line of lines) {
    out.push(line);
    if (line !== '' && !line.startsWith('#')) out.push(...interpreter.run(line).map((said) => `  > ${said}`));
  }
  return { said: `${out.join('\n')}\n`, finals: interpreter.finals() };
}

const SCHEDULES: Readonly<
  Record<string, { readonly right: readonly string[]; readonly wrong: Partial<Record<Fault, readonly string[]>> }>
> = {
  'sch-1-amnesia': { right: ['A1'], wrong: { amnesia: ['A1', 'B1'] } },
  'sch-2-surround': { right: ['A1'], wrong: { source: ['A1', 'B3'] } },
  'sch-3-double-target': { right: ['A1'], wrong: { target: ['A1', 'B1'] } },
  // F2: with X6 the boundary below it is final too, so what F5 prevents does no harm here.
  'sch-4-hand-over-deadlock': { right: ['b'], wrong: { 'strict hand-over': [], 'no F5': ['X6', 'b'] } },
  'sch-5-above-boundary': { right: ['Y3', 'b'], wrong: { 'no F5': ['X3', 'Y3', 'b'] } },
};

const TRANSCRIPTS = readdirSync(DIRECTORY).flatMap((file) => (file.endsWith('.txt') ? [file.replace('.txt', '')] : []));

describe.each(TRANSCRIPTS)('finality-checkpoint SCH-1 to SCH-5 as transcripts: %s', (name) => {
  const path = new URL(`${name}.txt`, DIRECTORY);
  const text = readFileSync(path, 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('  > '));
  const expected = SCHEDULES[name];

  it('says what is written', async () => {
    let { said } = play(lines, await load('none'), 'none');
    for (const fault of FAULTS) {
      if (fault === 'none' || expected?.wrong[fault] === undefined) continue;
      const { finals } = play(lines, await load(fault), fault);
      said += `  > final if ${PLANTED[fault]}: ${finals.join(' ') || 'nothing'}\n`;
    }
    if (process.env.FIDUCIA_REWRITE === '1') writeFileSync(path, said);
    expect(said).toBe(process.env.FIDUCIA_REWRITE === '1' ? said : text);
  });

  it.each(FAULTS)('fault: %s', async (fault) => {
    const { finals } = play(lines, await load(fault), fault);
    expect(finals).toEqual(expected?.wrong[fault] ?? expected?.right);
  });
});
