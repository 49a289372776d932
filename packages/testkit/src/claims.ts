/**
 * Whether what a verdict claims does hold.
 *
 * @module
 */
import type { Verdict } from '@fiducia/consensus';
import { describeThrown } from './describe.ts';
import type { Sample } from './sample/sample.ts';

/**
 * What a node makes of a verdict: it stands only if all its claims hold.
 *
 * @returns `accepted`, or why not; a rule that throws is told apart with `thrown`.
 */
export async function decide(
  { crypto, context }: Pick<Sample, 'crypto' | 'context'>,
  judge: () => Verdict,
): Promise<{ readonly kind: 'accepted' | 'refused' | 'deferred' | 'thrown'; readonly reason: string }> {
  let verdict: Verdict;
  try {
    verdict = judge();
  } catch (thrown) {
    return { kind: 'thrown', reason: describeThrown(thrown) };
  }
  if (verdict.kind === 'reject') return { kind: 'refused', reason: verdict.code };
  if (verdict.kind === 'defer') return { kind: 'deferred', reason: `until ${verdict.until}` };
  if (verdict.claims.length === 0) return { kind: 'accepted', reason: 'without claims' };
  const { chainId, era, protocol } = context;
  const result = await crypto.verify({ chainId, era, protocol }, verdict.claims);
  if (result.kind === 'valid') return { kind: 'accepted', reason: `${verdict.claims.length} claims hold` };
  return { kind: 'refused', reason: result.code };
}
