import { expect } from 'vitest';
import type { PbftMessage } from '../src/message.ts';
import { type TestNode, World, type WorldOptions } from './world.ts';

/**
 * pbft PT-22: what is scripted and what engines answer, compared byte by byte with the recorded text in
 * `testdata/`. After a change on purpose, `npx vitest run packages/consensus-pbft/test/transcripts --update`
 * records anew; the difference is then reviewed like code.
 */
export interface Transcript {
  readonly world: World;
  /** Writes down what the script does next. */
  readonly note: (line: string) => void;
  readonly check: (name: string) => Promise<void>;
}

/** Lines of a transcript before they are in the file. */
export class Recording {
  readonly #title: string;
  readonly #lines: { readonly line: string; count: number }[] = [];

  constructor(title: string) {
    this.#title = title;
  }

  /** Takes a line; the same one again and again becomes one. */
  readonly add = (line: string): void => {
    const last = this.#lines.at(-1);
    if (last?.line === line) last.count += 1;
    else this.#lines.push({ line, count: 1 });
  };

  readonly note = (line: string): void => this.add(`> ${line}`);

  readonly check = async (name: string): Promise<void> => {
    const body = this.#lines.map(({ line, count }) => (count === 1 ? line : `${line} (${count} times)`));
    const lines = [`# ${this.#title}`, '#', ...legendOf(body), '', ...body];
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../testdata/${name}.txt`);
  };
}

export function transcript(title: string, options: WorldOptions = {}): Transcript {
  const record = new Recording(title);
  const world = new World({ ...options, onLine: record.add });
  return { world, note: record.note, check: record.check };
}

/** One started node among others that only speak through the script. */
export function alone(
  title: string,
  index: number,
  options: WorldOptions = {},
): Transcript & { readonly node: TestNode } {
  const result = transcript(title, options);
  const node = result.world.node(index);
  node.start();
  return { ...result, node };
}

export const isKind =
  (...kinds: PbftMessage['kind'][]) =>
  (message: PbftMessage) =>
    kinds.includes(message.kind);

/** What a newcomer has to know, as far as it occurs. */
const LEGEND: readonly (readonly [occurs: RegExp, line: string])[] = [
  [/^/, 'Lines read: milliseconds since genesis, node, what it does. Lines with > are said by the script.'],
  [/\b[12][a-z]\b/, '1a, 2b: blocks a and b, at heights 1 and 2.'],
  [/PREPARE \d/, 'PREPARE 1/0 1a: a message of height 1, round 0, about block 1a. Likewise COMMIT and PROPOSAL.'],
  [/ROUND-CHANGE \d/, 'ROUND-CHANGE 1/2 prepared 0:1a: asks for round 2, and claims that a quorum sent PREPAREs'],
  [/ROUND-CHANGE \d/, '  for 1a in round 0. With -, it claims nothing.'],
  [
    /PREPARED \d/,
    'PREPARED 1/0 1a by 00,01,03: the PREPAREs of these nodes for 1a in round 0, which prove such a claim.',
  ],
  [
    / because /,
    'because 01 -, 02 0:1a; 0:1a by 00,01,03: the ROUND-CHANGEs that a proposal of a later round rests on,',
  ],
  [/ because /, '  by node and claim, and then the PREPAREs behind the claims.'],
  [/ ~ /, '~: what the engine reports of itself; prepared, decided: PREPAREs, COMMITs of a quorum (three of four).'],
  [/ timer propose/, 'timer propose: a block is due. It is 2 s after its parent.'],
  [/ timer round/, 'timer round: the round is over. Round r lasts 4 s, doubled r times.'],
  [/ timer future/, 'timer future: a block that came too early may be checked now.'],
  [/ publishes /, 'publishes … with COMMITs: the block and the quorum of COMMITs that seals it go to everybody.'],
  [/ adopts /, 'adopts: puts a block with such seals on its chain, for good.'],
  [/ stores /, 'stores: what a node keeps of a height; the state is given by the hash of its encoding.'],
  [
    / has evidence/,
    'has evidence: holds two different messages that one node signed for one kind, height and round, or a COMMIT and a ROUND-CHANGE that gives up its lock.',
  ],
  [/: SEALS_MISSING/, 'SEALS_MISSING: no quorum of COMMITs. BAD_PROOF: no list of seals at all, or not in order.'],
  [/: forged$/m, 'forged: some signature in it is not one of what it is said to sign.'],
  [/refused to sign/, 'refused to sign: the guard of the signing key (contract H-27) knows better than the engine.'],
  [
    /^ +\d+ node-\d+ sends /m,
    'Messages take 10 ms, to make or check a block 1 ms; repetitions after 1, 2, 4, 8 s … are not shown.',
  ],
];

function legendOf(body: readonly string[]): string[] {
  const text = body.join('\n');
  return LEGEND.filter(([occurs]) => occurs.test(text)).map(([, line]) => `# ${line}`);
}
