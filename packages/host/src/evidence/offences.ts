/**
 * Which offences a branch has included lately.
 *
 * @module
 */
import type { EraIndex, Evidence, Height } from '@fiducia/consensus';
import { EVIDENCE_WINDOW_BLOCKS } from '../limits.ts';
import { type OffenceLink, offenceKey } from '../tree/block-tree.ts';

/** Offences of a branch after a block of `era` at `height` that includes `evidence`. */
export function extendOffences(
  offences: OffenceLink | null,
  height: Height,
  era: EraIndex,
  evidence: readonly Evidence[],
): OffenceLink | null {
  if (evidence.length === 0) return offences;
  const recent: OffenceLink[] = [];
  for (let link = offences; link !== null; link = link.previous) {
    if (link.includedAt + EVIDENCE_WINDOW_BLOCKS >= height) recent.push(link);
  }
  let list: OffenceLink | null = null;
  for (const { key, includedAt } of recent.reverse()) list = { key, includedAt, previous: list };
  for (const item of evidence) list = { key: offenceKey(item, era), includedAt: height, previous: list };
  return list;
}
