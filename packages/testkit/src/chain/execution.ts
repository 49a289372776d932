/**
 * Blocks are built as asked, and executed as a function of parent, block and directives.
 *
 * @module
 */
import { type Certificate, compareBytes, type Evidence, LIMITS } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { fingerprint } from '../inspect/fingerprint.ts';
import { findWrongNumber } from '../inspect/numbers.ts';
import { type Made, type Requirement, type Trial, textOf, updateOf } from './trial.ts';

/** Requirements on building and executing. */
export const EXECUTION_REQUIREMENTS: readonly Requirement[] = [
  { title: 'builds what it is asked for, and executes what it built with the same directives', check: checkBuild },
  { title: 'carries digests of every length, evidence and certificates in their order', check: checkBody },
  { title: 'builds nothing on a block that it does not know', check: checkUnknownParent },
  { title: 'executes again with the same outcome, which no reader sees (contract H-2)', check: checkRepetition },
  { title: 'executes on blocks that were executed and are not stored', check: checkUnstored },
  { title: 'executes branches in turns as if each were alone', check: checkBranches },
  {
    title: 'tells the same census on every node, as often as it is read, and only what was asked for',
    check: checkCensus,
  },
  {
    title: 'keeps the states of all that is not yet ruled out, and that of genesis (contract section 11)',
    check: checkKept,
  },
];

async function checkBuild(trial: Trial): Promise<void> {
  const { require } = trial;
  let parent = await trial.genesis();
  for (const salt of [0, 1, 2]) {
    const request = trial.requestOn(parent, salt);
    const { header } = await trial.build(parent, request);
    const { height, parentId, timestamp, author, protocol, digest } = header;
    const wanted = { height: parent.header.height + 1, ...place(request) };
    const found = { height, parentId, timestamp, author, protocol, digest };
    for (const name of Object.keys(found) as (keyof typeof found)[]) {
      require(fingerprint(found[name]) ===
        fingerprint(wanted[name]), `${name} is ${found[name]} in place of ${wanted[name]}`);
    }
    const made = await trial.make(parent, salt);
    await trial.adopt([made]);
    parent = made.block;
  }
}

function place({ parentId, timestamp, author, protocol, digest }: ReturnType<Trial['requestOn']>) {
  return { parentId, timestamp, author, protocol, digest };
}

async function checkBody(trial: Trial): Promise<void> {
  const { require, chain } = trial;
  const genesis = await trial.genesis();
  const evidence = [await evidenceOf(trial, genesis), customEvidence(1), customEvidence(0)];
  const certificates: readonly Certificate[] = [
    { protocol: 'zeta@2', data: Uint8Array.of(1) },
    { protocol: 'alpha@1', data: new Uint8Array(500).fill(3) },
    { protocol: 'zeta@2', data: Uint8Array.of(0) },
  ];
  for (const digest of [new Uint8Array(), new Uint8Array(LIMITS.digestBytes).fill(255)]) {
    const made = await trial.make(genesis, 0, { digest, evidence, certificates });
    const { block } = made;
    require(fingerprint(block.header.digest) === fingerprint(digest), `a digest of ${digest.length} bytes is lost`);
    require(fingerprint(block.evidence) === fingerprint(evidence), 'evidence of the body is not what was put into it');
    require(fingerprint(block.certificates) === fingerprint(certificates), 'certificates of the body are others');
    require(textOf(chain.decode(block.bytes, 'block')) === textOf(block), 'a full body is not decoded');
    await trial.execute(made);
  }
}

/** Two blocks of one author for one height. */
async function evidenceOf(trial: Trial, genesis: Block): Promise<Evidence> {
  const [one, two] = [await trial.make(genesis, 0, { digest: Uint8Array.of(1) }), await trial.make(genesis)];
  const [first, second] = [one, two].map(({ block }) => block.headerBytes).sort(compareBytes);
  const { author: offender, protocol, height } = one.block.header;
  const base = { era: 0, protocol, offender, height } as const;
  if (first === undefined || second === undefined) return customEvidence(2);
  return { kind: 'equivocation', ...base, subject: 'header', first, second };
}

function customEvidence(height: number): Evidence {
  return { kind: 'custom', era: 0, protocol: 'alpha@1', offender: 'x', height, id: 'SURROUND', data: Uint8Array.of(0) };
}

async function checkUnknownParent(trial: Trial): Promise<void> {
  const genesis = await trial.genesis();
  const [, second] = await trial.elsewhere([], 2, 1);
  if (second === undefined) return;
  const built = await trial.chain.build({ ...trial.requestOn(genesis), parentId: second.block.header.id });
  trial.require(built === null, 'a block is built on a block that was never there');
}

async function checkRepetition(trial: Trial): Promise<void> {
  const { chain, require } = trial;
  const [first, second] = await trial.elsewhere([], 2, 0);
  if (first === undefined || second === undefined) return;
  const outcomes = [await trial.execute(first), await trial.execute(second), await trial.execute(first)];
  require(outcomes[0] === outcomes[2], `executed again, a block establishes ${outcomes[2]} in place of ${outcomes[0]}`);
  for (const { block } of [first, second]) {
    const found = await chain.read({ kind: 'id', id: block.header.id });
    require(found === null, 'a block that was only executed is read');
  }
  const head = await chain.read({ kind: 'head' });
  require(head?.block.header.height === 0, 'executing moved the head');
  await chain.commit(updateOf([first]));
  require((await trial.execute(second)) ===
    outcomes[1], 'once its parent is stored a block establishes something else');
  require((await trial.execute(first)) === outcomes[0], 'once it is stored a block establishes something else');
}

async function checkUnstored(trial: Trial): Promise<void> {
  const made = await trial.elsewhere([], 6, 0);
  for (const one of made) await trial.execute(one);
  await trial.chain.commit(updateOf(made));
  await trial.grow(made.at(-1)?.block ?? (await trial.genesis()), 1);
}

async function checkBranches(trial: Trial): Promise<void> {
  const stem = await trial.elsewhere([], 2, 0);
  const branches = await Promise.all([1, 2].map((salt) => trial.elsewhere(stem, 4, salt)));
  const alone: string[][] = [];
  for (const branch of branches) {
    alone.push(
      await trial.apart(async (other) => {
        await other.adopt(stem);
        return executeAll(other, branch);
      }),
    );
  }
  await trial.adopt(stem);
  const [left = [], right = []] = branches;
  const inTurns: string[][] = [[], []];
  for (const [index, one] of left.entries()) {
    for (const [side, made] of [one, right[index]].entries()) {
      if (made !== undefined) inTurns[side]?.push(await trial.execute(made, factKinds(trial)));
    }
  }
  trial.require(
    fingerprint(inTurns) === fingerprint(alone),
    'two branches that are executed in turns disturb each other',
  );
}

async function executeAll(trial: Trial, made: readonly Made[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const one of made) outcomes.push(await trial.execute(one, factKinds(trial)));
  return outcomes;
}

function factKinds({ chain }: Trial) {
  return [...chain.provides].sort();
}

async function checkCensus(trial: Trial): Promise<void> {
  const { chain, require } = trial;
  const kinds = factKinds(trial);
  const genesis = { block: await trial.genesis(), directives: [] };
  const made = await trial.elsewhere([], 3, 0);
  const elsewhere = await trial.apart((other) => executeAll(other, [genesis, ...made]));
  const noise = await trial.elsewhere([], 2, 3);
  for (const one of noise) await trial.execute(one);
  require(fingerprint(await executeAll(trial, [genesis, ...made])) ===
    fingerprint(elsewhere), 'two nodes count differently');
  for (const { block, directives } of [genesis, ...made]) {
    const result = await chain.execute(block, { directives, census: kinds });
    if (result.kind !== 'executed') return require(false, `block ${block.header.height} is ${result.kind}`);
    const { facts, census } = result;
    if (census === undefined) return require(false, 'a census was asked for, and none is given');
    const readings = [fingerprint([...census]), fingerprint([...census])];
    require(readings[0] === readings[1], 'a census that is read twice differs');
    for (const fact of [...facts, ...census]) {
      require(chain.provides.has(fact.kind), `the fact ${fact.kind} is established and not declared in provides`);
      const wrong = findWrongNumber(fact);
      require(wrong === undefined, `${wrong?.path} of a fact ${fact.kind} ${wrong?.reason} (contract H-16)`);
    }
    const some = await chain.execute(block, { directives, census: kinds.slice(0, 1) });
    const others = some.kind === 'executed' ? [...(some.census ?? [])].filter(({ kind }) => kind !== kinds[0]) : [];
    require(others.length === 0, `a census of ${kinds[0]} alone holds ${others[0]?.kind}`);
  }
}

async function checkKept(trial: Trial): Promise<void> {
  const adopted = await trial.grow(await trial.genesis(), 6);
  const [, , third, fourth] = adopted;
  if (third === undefined || fourth === undefined) return;
  const side = await trial.elsewhere(adopted.slice(0, 3), 2, 1);
  const sideways = await trial.elsewhere([...adopted.slice(0, 3), ...side], 1, 2);
  const head = adopted.at(-1)?.block ?? third.block;
  await trial.adopt(side, { headId: head.header.id, applied: [], finalized: { id: third.block.header.id } });
  const [atFinal] = await trial.elsewhere(adopted.slice(0, 3), 1, 3);
  for (const one of [fourth, atFinal, ...sideways]) if (one !== undefined) await trial.execute(one);
  await trial.execute({ block: await trial.genesis(), directives: [] }, factKinds(trial));
}
