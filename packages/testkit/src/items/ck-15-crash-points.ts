/**
 * A crash before or after any effect loses nothing that was promised (contract CK-15, H-41).
 *
 * @module
 */
import type { ActorId, Effect, Millis } from '@fiducia/consensus';
import type { InvariantId, Subject, World } from '@fiducia/simulator';
import { describeEffect, describeInput } from '../describe.ts';
import { type LoggedCall, withLog } from '../faults/engine-log.ts';
import { calmPlan, tryPlan } from '../faults/fault-run.ts';
import { Findings, type KitItem } from '../item.ts';
import type { Sample } from '../sample/sample.ts';

const INVARIANTS: readonly InvariantId[] = ['I1', 'I2', 'I5', 'I9', 'I12'];
/** Effects after which the world is not as before. */
const TELLING: readonly Effect['kind'][] = [
  'send',
  'publish',
  'persist',
  'buildBlock',
  'proveVrf',
  'mine',
  'offerCertificate',
];
const SLOTS = 12;
/** Where all effects are of one kind, several of it. */
const POINTS_MIN = 2;
const DAMAGE_PERMILLE = 900;
const PERMILLE = 1_000;
/** A signature or a log entry takes a disk some milliseconds. */
const MOMENTS = [
  ['before', 0],
  ['during', 1],
  ['after', 60],
] as const;
/** Some come back within the slot, others miss a few. */
const DOWN_PERMILLE = [100, 2_000] as const;

interface CrashPoint {
  readonly kind: Effect['kind'];
  /** In milliseconds from the start. */
  readonly at: Millis;
}

/** The requirement. */
export const crashPoints: KitItem = {
  id: 'CK-15',
  title: 'a crash before and after every effect, and a restart: no double signature, no lost final block, no lost lock',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    const { simulated: subject, nodeCount: nodes } = context;
    keepsBeforeItSpeaks(await context.sample(), findings);
    for (const seed of context.seeds) {
      if (!findings.isEmpty) break;
      const plan = calmPlan(nodes, SLOTS);
      const { node, points } = await findPoints(subject, seed, nodes);
      for (const [index, { kind, at }] of spread(points, seed).entries()) {
        const downMs = Math.ceil(
          (subject.slotMs * (DOWN_PERMILLE[(seed + index) % DOWN_PERMILLE.length] ?? 0)) / PERMILLE,
        );
        for (const [when, delayMs] of MOMENTS) {
          const moment = at + delayMs;
          const until = moment + downMs;
          const crash = {
            kind: 'crash',
            at: moment,
            until,
            node,
            damagePermille: DAMAGE_PERMILLE,
            isTorn: true,
          } as const;
          const run = { subject, seed, plan: { ...plan, faults: [crash] }, invariants: INVARIANTS };
          findings.count('crash points');
          await tryPlan(run, `a crash ${when} ${kind} at ${moment} ms`, findings);
          if (!findings.isEmpty) return findings.outcome();
        }
      }
    }
    return findings.outcome();
  },
};

/**
 * A log entry that a call asks for last protects nothing that the same call has signed: between the two a crash is all
 * it takes to have said what one does not remember.
 */
function keepsBeforeItSpeaks({ sessions, seed }: Sample, findings: Findings): void {
  for (const { records } of sessions) {
    for (const record of records) {
      if (record.kind === 'engineStopped') continue;
      const order = (record.effects ?? []).filter((effect) => effect.kind === 'persist' || isGuarded(effect));
      findings.count('guarded effects and log entries', order.length);
      if (order.at(-1)?.kind !== 'persist' || !order.some(isGuarded)) continue;
      const message = 'a call asks for a log entry only after what it signs: a crash in between forgets what was said';
      const step = record.kind === 'engineStarted' ? 'start' : describeInput(record.input);
      const trace = [step, `effects: ${(record.effects ?? []).map(describeEffect).join(', ')}`];
      findings.add({ rule: 'contract H-41', message, trace, seed });
    }
  }
}

function isGuarded(effect: Effect): boolean {
  if (effect.kind === 'send') return effect.guard !== undefined;
  return effect.kind === 'publish' && effect.sealing?.kind === 'sign';
}

/** The moments at which the engine of a node asks for something, in a life without faults; of the first node that does. */
async function findPoints(
  subject: Subject,
  seed: number,
  nodes: number,
): Promise<{ readonly node: number; readonly points: readonly CrashPoint[] }> {
  const calls: LoggedCall[] = [];
  let actors: readonly (ActorId | null)[] = [];
  let startedAt: Millis = 0;
  const run = {
    subject: withLog(subject, (call) => calls.push(call)),
    seed,
    plan: calmPlan(nodes, SLOTS),
    invariants: [],
    onWorld(world: World) {
      actors = world.nodes.map(({ actorId }) => actorId);
      startedAt = world.simulation.now();
    },
  };
  await tryPlan(run, 'a life without faults', new Findings());
  const end = SLOTS * subject.slotMs;
  const pointsOf = (actor: ActorId | null): readonly CrashPoint[] =>
    calls.flatMap(({ self, now, effects }) => {
      const kind = effects.map((effect) => effect.kind).find((name) => TELLING.includes(name));
      const at = now - startedAt;
      return kind === undefined || self !== actor || at < 1 || at >= end ? [] : [{ kind, at }];
    });
  const node = Math.max(
    0,
    actors.findIndex((actor) => pointsOf(actor).length > 0),
  );
  return { node, points: pointsOf(actors[node] ?? null) };
}

/** Points of every kind of effect, other ones for every seed. */
export function spread(points: readonly CrashPoint[], seed: number): readonly CrashPoint[] {
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const perKind = Math.ceil(POINTS_MIN / Math.max(1, kinds.length));
  return kinds
    .flatMap((wanted) => {
      const list = points.filter(({ kind }) => kind === wanted);
      const count = Math.min(perKind, list.length);
      return Array.from({ length: count }, (_, index) => list[(seed * perKind + index) % list.length]);
    })
    .filter((point) => point !== undefined);
}
