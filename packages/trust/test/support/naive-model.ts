import type { Activity, TrustParams, TrustShares } from '../../src/index.ts';

/** What happened in one round, by node; rounds are consecutive. */
export type RoundLog = ReadonlyMap<string, Activity>;

/** When a node joined and with how much dynamic trust. */
export interface Admission {
  readonly admittedAt: number;
  readonly dynamicBase: number;
}

/**
 * Recomputes one node's score from the raw log alone, as the formulas of the specification read: no
 * buckets, no running sums, no lazy expiry, unbounded integers. Shares no code with the package.
 */
export function recompute(
  log: readonly RoundLog[],
  firstRound: number,
  node: string,
  admission: Admission,
  shares: TrustShares,
  params: TrustParams,
) {
  const round = firstRound + log.length - 1;
  const epoch = (at: number) => floor(BigInt(at) - 1n, BigInt(params.epochRounds));
  const inWindow = log
    .map((activities, index) => ({ activity: activities.get(node), at: firstRound + index }))
    .filter(({ at }) => epoch(at) > epoch(round) - BigInt(params.windowEpochs));

  let correct = 0n;
  let malicious = 0n;
  let participated = 0n;
  for (const { activity } of inWindow) {
    if (activity === undefined) continue;
    const offences = BigInt(Math.min(activity.malicious, 16));
    malicious += offences;
    if (offences > 0n) continue;
    correct += BigInt(activity.correct);
    participated += activity.participated ? 1n : 0n;
  }

  const { dynamicBase, lastActive, faultCount } = replayDynamic(log, firstRound, node, admission, params);
  const rounds = BigInt(inWindow.length);
  const behaviour =
    correct + malicious === 0n
      ? BigInt(params.neutralA)
      : floor(correct * BigInt(params.mu1) - malicious * BigInt(params.mu2), correct + malicious);
  const participation = rounds === 0n ? BigInt(params.neutralB) : floor(participated * 1_000_000n, rounds);
  const historical = floor(BigInt(params.omega1Bp) * behaviour + BigInt(params.omega2Bp) * participation, 10_000n);
  const loss = idleLoss(BigInt(round) - lastActive, params);
  const dynamic = dynamicBase > loss ? dynamicBase - loss : 0n;
  const weighted =
    BigInt(params.alphaBp) * historical +
    BigInt(params.betaBp) * BigInt(shares.votes) +
    BigInt(params.deltaBp) * BigInt(shares.deposit) +
    BigInt(params.gammaBp) * dynamic;
  const composite = weighted < 0n ? 0n : floor(weighted, 10_000n);
  return {
    behaviour: Number(behaviour),
    participation: Number(participation),
    historical: Number(historical),
    dynamic: Number(dynamic),
    composite: Number(composite),
    dynamicBase: Number(dynamicBase),
    lastActive: Number(lastActive),
    faultCount: Number(faultCount),
  };
}

function replayDynamic(
  log: readonly RoundLog[],
  firstRound: number,
  node: string,
  admission: Admission,
  params: TrustParams,
) {
  let dynamicBase = BigInt(admission.dynamicBase);
  let lastActive = BigInt(admission.admittedAt);
  let faultCount = 0n;
  for (const [index, activities] of log.entries()) {
    const activity = activities.get(node);
    if (activity === undefined) continue;
    const at = BigInt(firstRound + index);
    const offences = BigInt(Math.min(activity.malicious, 16));
    const isActive = offences === 0n && (activity.participated || activity.correct > 0);
    if (isActive) {
      const loss = idleLoss(at - 1n - lastActive, params);
      dynamicBase = dynamicBase > loss ? dynamicBase - loss : 0n;
      lastActive = at;
    }
    if (offences === 0n && activity.participated) dynamicBase += BigInt(params.trustReward);
    if (offences === 0n) dynamicBase += BigInt(activity.correct) * BigInt(params.trustRewardBlock);
    const adjustment = BigInt(activity.adjustment ?? 0);
    if (offences === 0n || adjustment < 0n) dynamicBase += adjustment;
    dynamicBase -= offences * BigInt(params.penaltyMalicious) + BigInt(activity.missed) * BigInt(params.penaltyMiss);
    if (dynamicBase < 0n) dynamicBase = 0n;
    if (dynamicBase > BigInt(params.dMax)) dynamicBase = BigInt(params.dMax);
    faultCount += offences;
  }
  return { dynamicBase, lastActive, faultCount };
}

function idleLoss(idle: bigint, params: TrustParams): bigint {
  const counted = idle < 4_294_967_295n ? idle : 4_294_967_295n;
  const grace = BigInt(params.decayT);
  if (counted <= grace) return 0n;
  const factor = BigInt(params.decayN);
  return params.decayForm === 'ratio' ? (factor * counted) / grace : factor * (counted - grace);
}

/** Floor division of unbounded integers, divisor positive. */
export function floor(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
