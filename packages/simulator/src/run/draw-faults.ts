/**
 * Draws what goes wrong at which time (simulation section 3).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { RandomPurpose, RandomStream } from '../random.ts';
import { faultyMax, hasVotingEngine } from '../subject.ts';
import { type Drawing, pick, pickSome } from './draw-plan.ts';
import type { PlannedAdversary, PlannedFault } from './fault-plan.ts';

/** Chance of a knob to be on in a seed. */
const KNOB_PERMILLE = 500;
const CLOCK_OFFSET_MAX_MS = 10_000;
const CLOCK_DRIFT_MAX_PPM = 500;
const PAUSE_MAX_MS = 15_000;
const CLOG_MAX_MS = 5_000;
const DISK_ERROR_MAX_PERMILLE = 100;
const CRASH_DOWN_MAX_MS = 60_000;

type Part = (drawing: Drawing, random: RandomStream) => readonly PlannedFault[];

/** All faults of a seed in order of time. */
export function drawFaults(drawing: Drawing, adversaries: readonly PlannedAdversary[]): readonly PlannedFault[] {
  const parts: readonly (readonly [Part, RandomPurpose])[] = [
    [drawPartitions, 'topology'],
    [drawCuts, 'topology'],
    [drawClogs, 'network'],
    [drawPauses, 'clock'],
    [drawClocks, 'clock'],
    [drawCrashes, 'storage'],
    [drawDiskErrors, 'storage'],
    [drawFullDisks, 'storage'],
  ];
  const faults = parts.flatMap(([part, purpose]) => {
    const random = drawing.stream(purpose);
    const drawn = part(drawing, random);
    return random.chance(KNOB_PERMILLE) ? drawn : [];
  });
  // Whose disk is lost is decided with the other lasting faults.
  const restarts = drawRestarts(adversaries, drawing, drawing.stream('adversary'));
  return [...faults, ...restarts, ...drawDiskLosses(drawing, drawing.stream('storage'))].sort((a, b) => a.at - b.at);
}

/** Half, a third, one alone, one that reaches both sides is a cut; flapping is several in a row. */
function drawPartitions({ nodes, durationMs, subject }: Drawing, random: RandomStream): readonly PlannedFault[] {
  if (nodes < 2) return [];
  const isFlapping = random.chance(200);
  const isPermanent = random.chance(150);
  const count = isFlapping ? random.integer(3, 6) : 1;
  const lengthMs = random.integer(subject.slotMs, isFlapping ? 2 * subject.slotMs : durationMs / 2);
  const groups = drawGroups(nodes, random);
  const first = random.integer(0, Math.floor(durationMs / 2));
  return Array.from({ length: count }, (_, index): PlannedFault => {
    const at = first + index * 2 * lengthMs;
    const isLast = index === count - 1;
    return { kind: 'partition', at, until: isLast && isPermanent ? null : at + lengthMs, groups };
  });
}

function drawGroups(nodes: number, random: RandomStream): readonly (readonly number[])[] {
  const all = Array.from({ length: nodes }, (_, node) => node);
  const sizes = [Math.floor(nodes / 2), Math.max(1, Math.floor(nodes / 3)), 1];
  const size = Math.max(1, pick(sizes, random));
  return [pickSome(all, Math.min(size, nodes - 1), random)];
}

/** Links that work in one direction only: all from one node, all to it, or some. */
function drawCuts({ nodes, durationMs }: Drawing, random: RandomStream): readonly PlannedFault[] {
  if (nodes < 2) return [];
  const node = random.integer(0, nodes - 1);
  const others = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node);
  const some = pickSome(others, random.integer(1, others.length), random);
  const isOutgoing = random.chance(500);
  const links = some.map((other) => (isOutgoing ? { from: node, to: other } : { from: other, to: node }));
  const at = random.integer(0, Math.floor(durationMs / 2));
  const until = at + random.integer(1, Math.floor(durationMs / 2));
  return [{ kind: 'oneWay', at, until: random.chance(150) ? null : until, links }];
}

function drawClogs({ nodes, durationMs }: Drawing, random: RandomStream): readonly PlannedFault[] {
  if (nodes < 2) return [];
  return Array.from({ length: random.integer(1, nodes) }, (): PlannedFault => {
    const [from = 0, to = 0] = pickSome(
      Array.from({ length: nodes }, (_, node) => node),
      2,
      random,
    );
    const at = random.integer(0, durationMs - 1);
    return { kind: 'clog', at, until: Math.min(at + random.integer(1, CLOG_MAX_MS), durationMs), from, to };
  });
}

function drawPauses({ nodes, durationMs }: Drawing, random: RandomStream): readonly PlannedFault[] {
  return Array.from({ length: random.integer(1, 3) }, (): PlannedFault => {
    const at = random.integer(0, durationMs);
    // Nobody stands still in the liveness phase.
    const until = Math.min(at + random.integer(1, PAUSE_MAX_MS), durationMs);
    return { kind: 'pause', at, until, node: random.integer(0, nodes - 1) };
  });
}

function drawClocks({ nodes }: Drawing, random: RandomStream): readonly PlannedFault[] {
  const all = Array.from({ length: nodes }, (_, node) => node);
  // Most errors are small; now and then one is as large as it gets.
  const offsetMax = random.chance(300) ? CLOCK_OFFSET_MAX_MS : CLOCK_OFFSET_MAX_MS / 20;
  return pickSome(all, random.integer(1, nodes), random).map((node): PlannedFault => {
    const offsetMs = random.integer(-offsetMax, offsetMax);
    const driftPpm = random.integer(-CLOCK_DRIFT_MAX_PPM, CLOCK_DRIFT_MAX_PPM);
    return { kind: 'clock', at: 0, node, offsetMs, driftPpm };
  });
}

/** A run is far shorter than those of VOPR, so crashes are planned by number instead of by tick. */
function drawCrashes({ nodes, durationMs }: Drawing, random: RandomStream): readonly PlannedFault[] {
  const drawDownMs = (): Millis => random.integer(0, random.chance(700) ? durationMs / 5 : CRASH_DOWN_MAX_MS);
  const faults: PlannedFault[] = [];
  const upAgain = new Map<number, Millis | null>();
  for (let index = random.integer(1, 4); index > 0; index--) {
    const node = random.integer(0, nodes - 1);
    const at = random.integer(0, durationMs);
    const until = random.chance(100) ? null : at + Math.floor(drawDownMs());
    const damagePermille = random.integer(800, 1_000);
    const isTorn = random.chance(900);
    // Writes last milliseconds, so hardly any crash would come upon one by chance.
    const duringWrite = random.chance(650);
    // One crash at a time of one node.
    if (upAgain.has(node)) continue;
    upAgain.set(node, until);
    faults.push({ kind: 'crash', at, until, node, damagePermille, isTorn, duringWrite });
  }
  return faults;
}

function drawDiskErrors(drawing: Drawing, random: RandomStream): readonly PlannedFault[] {
  const { nodes, durationMs } = drawing;
  const drawn = (): number => (random.chance(500) ? random.integer(1, DISK_ERROR_MAX_PERMILLE) : 0);
  return Array.from({ length: random.integer(1, 2) }, (_, index): PlannedFault => {
    const at = random.integer(0, durationMs - 1);
    const until = random.integer(at, durationMs);
    const anybody = random.integer(0, nodes - 1);
    const [readPermille, writePermille] = [drawn(), drawn()];
    const misdirected = random.chance(800) ? random.integer(20, DISK_ERROR_MAX_PERMILLE) : 0;
    // What one disk mixes up is fetched from others again; without others it would be gone.
    const isMixed = index === 0 && nodes > 2 && misdirected > 0;
    const node = isMixed ? whoMayForget(drawing, anybody) : anybody;
    const misdirectPermille = isMixed && node !== null ? misdirected : 0;
    return { kind: 'diskError', at, until, node: node ?? anybody, readPermille, writePermille, misdirectPermille };
  });
}

/**
 * Whoever mixes up its disk begins anew, without what its engine had written down. Among voters that is a lasting fault: a
 * member whose guard knows of a lock that its log has lost signs nothing more at that height (pbft S3).
 *
 * @returns `null` if there is nobody.
 */
function whoMayForget({ subject, nodes, faulty }: Drawing, anybody: number): number | null {
  const chosen = [...faulty.adversaries, ...faulty.outside, ...faulty.diskless];
  if (!hasVotingEngine(subject) || chosen.length < faultyMax(subject, nodes) || chosen.includes(anybody))
    return anybody;
  return chosen[anybody % chosen.length] ?? null;
}

function drawFullDisks({ nodes, durationMs }: Drawing, random: RandomStream): readonly PlannedFault[] {
  const at = random.integer(0, durationMs - 1);
  const until = random.integer(at, durationMs);
  const node = random.integer(0, nodes - 1);
  return [{ kind: 'diskFull', at, until, node, readPermille: 0, writePermille: 0, misdirectPermille: 0 }];
}

/** Whoever goes back to an old backup has to restart. */
function drawRestarts(
  adversaries: readonly PlannedAdversary[],
  { durationMs }: Drawing,
  random: RandomStream,
): readonly PlannedFault[] {
  return adversaries.flatMap(({ node, strategy, also }): readonly PlannedFault[] => {
    if (strategy !== 'oldBackup' && also !== 'oldBackup') return [];
    const at = random.integer(Math.floor(durationMs / 4), Math.floor(durationMs / 2));
    const until = at + random.integer(0, Math.floor(durationMs / 8));
    return [{ kind: 'crash', at, until, node, damagePermille: 0, isTorn: false }];
  });
}

function drawDiskLosses({ durationMs, faulty }: Drawing, random: RandomStream): readonly PlannedFault[] {
  return faulty.diskless.map((node): PlannedFault => {
    const at = random.integer(0, durationMs - 1);
    return { kind: 'diskLoss', at, until: random.integer(at, durationMs), node };
  });
}
