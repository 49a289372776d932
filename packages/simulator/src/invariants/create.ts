/**
 * Puts checkers together.
 *
 * @module
 */
import { INVARIANT_IDS, type Invariant, type InvariantId, type Violation, type World } from '../run/world.ts';
import { type CreateChecker, soundNodes } from './checker.ts';
import { Chronicle } from './chronicle.ts';
import { FreshTree } from './fresh-tree.ts';
import { checkAgreement } from './i1-agreement.ts';
import { checkFinality } from './i2-finality.ts';
import { checkValidity } from './i3-validity.ts';
import { checkIntegrity } from './i4-integrity.ts';
import { checkDoubleSigns } from './i5-double-signs.ts';
import { checkEvidence } from './i6-evidence.ts';
import { checkEligibility } from './i7-eligibility.ts';
import { checkForkChoice } from './i8-fork-choice.ts';
import { checkDurability } from './i9-durability.ts';
import { checkLiveness } from './i10-liveness.ts';
import { checkMemory } from './i11-memory.ts';
import { checkDeterminism } from './i12-determinism.ts';
import { checkPurity } from './i13-purity.ts';
import { checkHonestAnswers } from './i14-honest-answers.ts';
import { type Retaken, retakeChain } from './replica.ts';

/** What was broken once is broken again by every event after it. */
const REPORTS_PER_CHECKER_MAX = 8;

const CHECKERS: Readonly<Record<InvariantId, CreateChecker>> = {
  I1: checkAgreement,
  I2: checkFinality,
  I3: checkValidity,
  I4: checkIntegrity,
  I5: checkDoubleSigns,
  I6: checkEvidence,
  I7: checkEligibility,
  I8: checkForkChoice,
  I9: checkDurability,
  I10: checkLiveness,
  I11: checkMemory,
  I12: checkDeterminism,
  I13: checkPurity,
  I14: checkHonestAnswers,
};

/** What checkers are made from. */
export interface InvariantsOptions {
  /** The run. */
  readonly world: World;
  /** Which invariants to check, each independently of the others. @defaultValue all */
  readonly ids?: readonly InvariantId[];
  /** Told of every violation, at most eight for each invariant. */
  readonly report: (violation: Violation) => void;
}

/**
 * Makes one checker for each invariant.
 *
 * Call `watch` with every node before its host starts, at first and after each restart; `afterEvent` after each event
 * of the simulation; `finish` when the run is over and before nodes stop.
 *
 * @see docs/spec/simulation.md, section 7.
 * @example
 * ```ts
 * const violations: Violation[] = [];
 * const invariants = createInvariants({ world, report: (violation) => violations.push(violation) });
 * for (const invariant of invariants) for (const node of world.nodes) invariant.watch?.(node);
 * simulation.afterEvent(() => {
 *   for (const invariant of invariants) invariant.afterEvent?.();
 * });
 * await simulation.runUntil(end);
 * for (const invariant of invariants) await invariant.finish?.();
 * ```
 */
export function createInvariants({ world, ids = INVARIANT_IDS, report }: InvariantsOptions): readonly Invariant[] {
  const chronicle = new Chronicle(() => world.simulation.now());
  const retaken = once(() => retakeAll(world));
  const derived = once(() => deriveAll(world, chronicle, retaken));
  return ids.map((id) => {
    let reported = 0;
    const broken = (node: string | null, reason: string): void => {
      reported += 1;
      if (reported <= REPORTS_PER_CHECKER_MAX) report({ invariant: id, node, at: world.simulation.now(), reason });
    };
    const checker = CHECKERS[id]({ world, chronicle, retaken, derived, broken });
    const attempt = async (read: (() => Promise<void>) | undefined): Promise<void> => {
      try {
        await read?.();
      } catch (thrown) {
        // Rules that throw on the chain that they themselves accepted, or a node that cannot be read.
        broken(null, `the check itself failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    };
    const settle = checker.settle && { settle: () => attempt(checker.settle) };
    return { id, ...checker, ...settle, finish: () => attempt(checker.finish) };
  });
}

/** One chain for each head that honest nodes stand on. */
async function retakeAll(world: World): Promise<readonly Retaken[]> {
  const byHead = new Map(soundNodes(world).map((node) => [node.host.head().header.id, node]));
  const chains: Retaken[] = [];
  for (const node of byHead.values()) chains.push(await retakeChain(world, node));
  return chains;
}

/** Events do not tell what a new era starts from, so at a border the chains that were taken again have to. */
async function deriveAll(
  world: World,
  { blocks }: Chronicle,
  retaken: () => Promise<readonly Retaken[]>,
): Promise<FreshTree> {
  const tree = await FreshTree.create(world);
  const chains = world.eras.length > 1 ? await retaken() : [];
  // A process that starts may stand on a block that it told nobody of, and others hear of that after its children.
  for (const { header, facts } of [...blocks.values()].sort((a, b) => a.header.height - b.header.height)) {
    const census = chains.map((chain) => chain.tree.get(header.id)?.answer.census).find((known) => known !== undefined);
    tree.add(header, { facts, ...(census && { census }) });
  }
  return tree;
}

function once<T>(create: () => Promise<T>): () => Promise<T> {
  let created: Promise<T> | null = null;
  return () => {
    created ??= create();
    return created;
  };
}
