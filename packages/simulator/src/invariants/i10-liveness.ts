/**
 * I10: after healing the core agrees, grows and finalises within the bounds of goal G4, and again from each time at which
 * the run sets another goal.
 *
 * @see docs/spec/simulation.md, section 7, I10.
 * @module
 */
import type { ConsensusHeader, Height, Millis } from '@fiducia/consensus';
import type { LivenessGoal, WorldNode } from '../run/world.ts';
import { type CreateChecker, isReadable } from './checker.ts';

/** Since when each part of a goal is reached; `null`: not yet. */
interface Progress {
  readonly goal: LivenessGoal;
  /** Highest head of the core when the network had healed. */
  readonly from: Height;
  agreedAt: Millis | null;
  grownAt: Millis | null;
  finalAt: Millis | null;
}

/** Begins to look when the world names a goal. */
export const checkLiveness: CreateChecker = ({ world, chronicle, broken }) => {
  let hasNews = true;
  let progress: Progress | null = null;

  const coreOf = ({ core }: LivenessGoal): readonly WorldNode[] =>
    world.nodes.filter(({ name }) => core.includes(name));
  const look = (): void => {
    const goal = world.liveness;
    if (goal === undefined) return;
    const core = coreOf(goal);
    if (!core.every(isReadable)) return;
    if (progress !== null && progress.goal !== goal) judge(progress);
    if (progress?.goal !== goal) progress = null;
    progress ??= {
      goal,
      from: Math.max(...core.map(({ host }) => host.head().header.height)),
      agreedAt: null,
      grownAt: null,
      finalAt: null,
    };
    const now = world.simulation.now();
    const { from } = progress;
    /** Where a branch that finality prefers takes the place of a longer one, what is new may be lower than what was there. */
    const isNew = ({ id, height, timestamp }: ConsensusHeader): boolean =>
      height > from || (timestamp > goal.healedAt && (chronicle.blocks.get(id)?.at ?? 0) >= goal.healedAt);
    if (new Set(core.map(({ host }) => host.head().header.id)).size === 1) progress.agreedAt ??= now;
    if (core.every(({ host }) => isNew(host.head().header))) progress.grownAt ??= now;
    if (core.every(({ host }) => isNew(host.finalized()))) progress.finalAt ??= now;
  };
  const demand = (what: string, { healedAt }: LivenessGoal, reachedAt: Millis | null, withinMs: Millis): void => {
    const end = world.simulation.now();
    if (reachedAt === null && end - healedAt >= withinMs) broken(null, `${what} within ${withinMs} ms after healing`);
    if (reachedAt === null || reachedAt - healedAt <= withinMs) return;
    broken(null, `${what} within ${withinMs} ms after healing, only after ${reachedAt - healedAt} ms`);
  };
  const judge = ({ goal, agreedAt, grownAt, finalAt }: Omit<Progress, 'from'>): void => {
    demand('the heads of the core were not equal', goal, agreedAt, goal.agreeWithinMs);
    demand('the core adopted no new block', goal, grownAt, goal.growWithinMs);
    if (goal.finalWithinMs !== null) demand('no new block became final', goal, finalAt, goal.finalWithinMs);
  };

  return {
    watch({ host }) {
      const onNews = (): void => {
        hasNews = true;
      };
      host.events.on('headChanged', onNews);
      host.events.on('finalized', onNews);
      hasNews = true;
    },
    afterEvent() {
      const { liveness } = world;
      if (liveness === undefined || (!hasNews && liveness === progress?.goal)) return;
      look();
      hasNews = progress === null;
    },
    async finish() {
      const { liveness } = world;
      if (liveness === undefined) return;
      look();
      judge(progress?.goal === liveness ? progress : { goal: liveness, agreedAt: null, grownAt: null, finalAt: null });
    },
  };
};
