/**
 * How full the bounded buffers of a host are (contract, section 9; simulation I11).
 *
 * @module
 */
import type { BufferUsage } from '@fiducia/consensus';
import type { ClaimBudget } from './claim-budget.ts';
import type { EngineHost } from './engine/engine-host.ts';
import type { EvidenceDesk } from './evidence/desk.ts';
import type { FinalityKeeper } from './finality/keeper.ts';
import type { BlockFetcher } from './import/fetcher.ts';
import type { HeldBlocks } from './import/held.ts';
import type { BlockIntake } from './import/intake.ts';
import type { ChainSync } from './import/sync.ts';
import type { MessageExchange } from './messages/exchange.ts';
import type { Branches } from './tree/branches.ts';

/** Parts of a host that keep things. */
export interface UsedParts {
  readonly branches: Branches;
  readonly claims: ClaimBudget;
  readonly intake: BlockIntake;
  readonly fetcher: BlockFetcher;
  readonly sync: ChainSync;
  readonly held: HeldBlocks;
  readonly finality: FinalityKeeper;
  readonly messages: MessageExchange;
  readonly desk: EvidenceDesk;
  readonly engine: EngineHost;
}

/** Lists all of them. */
export function usageOf(parts: UsedParts): readonly BufferUsage[] {
  const { branches, claims, intake, fetcher, sync, held, finality, messages, desk, engine } = parts;
  const all = [branches, claims, intake, fetcher, sync, held, finality, messages, desk, engine];
  return all.flatMap((part) => part.usage());
}

/** Largest of the sizes of many parts; 0 if there are none. */
export function largest(sizes: Iterable<number>): number {
  let max = 0;
  for (const size of sizes) max = Math.max(max, size);
  return max;
}
