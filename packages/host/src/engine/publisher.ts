/**
 * Publication of blocks: guard, seal, own import, and only then the network (contract H-27, H-28).
 *
 * @module
 */
import {
  type BlockId,
  type Bytes,
  compareBytes,
  type Effect,
  LIMITS,
  SEAL_DOMAIN,
  type Sealing,
} from '@fiducia/consensus';
import type { Awaitable, Block } from '@fiducia/consensus/ports';
import { whenDone, whenFailed } from '../awaitable.ts';
import type { PluginContext } from '../context.ts';
import { pluginDefect } from '../era/guarded-rules.ts';
import type { FinalityKeeper } from '../finality/keeper.ts';
import type { BlockFetcher } from '../import/fetcher.ts';
import type { HeldBlocks } from '../import/held.ts';
import type { BlockIntake } from '../import/intake.ts';
import { isGuardedEnough, signGuarded } from './signing.ts';

/** Seals and publishes what the engine built. */
export class Publisher {
  readonly #context: PluginContext;
  readonly #held: HeldBlocks;
  readonly #intake: BlockIntake;
  readonly #finality: FinalityKeeper;
  readonly #fetcher: BlockFetcher;

  constructor(
    context: PluginContext,
    parts: {
      readonly held: HeldBlocks;
      readonly intake: BlockIntake;
      readonly finality: FinalityKeeper;
      readonly fetcher: BlockFetcher;
    },
  ) {
    this.#context = context;
    this.#held = parts.held;
    this.#intake = parts.intake;
    this.#finality = parts.finality;
    this.#fetcher = parts.fetcher;
  }

  /**
   * Over once the block is sealed and queued for import. Neither the import nor the check of a proof is
   * awaited: their outcome reaches the engine as an input (contract H-2).
   */
  publish(effect: Extract<Effect, { kind: 'publish' }>): Awaitable<void> {
    const { blockId, proof, sealing } = effect;
    if (proof !== undefined && proof.length > LIMITS.proofBytes) {
      throw pluginDefect(this.#context.active.protocol, 'publish', 'proof too long');
    }
    const live = this.#context.branches.tree.get(blockId);
    if (live !== undefined) {
      if (proof === undefined) return this.#sendAgain(blockId);
      return this.#inBackground(() => this.#finality.publish(live, proof));
    }
    const block = this.#held.get(blockId);
    if (block === undefined) return this.#publishMissing(blockId, proof);
    return whenDone(sealing === undefined ? block : this.#seal(block, sealing), (sealed) => {
      if (sealed !== null) this.#inBackground(() => this.#intake.importOwn(sealed, proof));
    });
  }

  /** A proof may be complete before its block is here, or name a block beside the final chain. */
  #publishMissing(blockId: BlockId, proof: Bytes | undefined): void {
    if (proof === undefined) {
      this.#context.events.trace('PUBLISH_UNKNOWN_BLOCK', { blockId });
      return;
    }
    this.#inBackground(async () => {
      const stored = await this.#context.chain.read({ kind: 'id', id: blockId });
      const block = stored?.block ?? (await this.#fetcher.fetch(blockId, null))?.block;
      if (block !== undefined) await this.#intake.importOwn(block, proof);
      else this.#context.events.trace('PUBLISH_UNKNOWN_BLOCK', { blockId });
    });
  }

  #inBackground(work: () => Awaitable<unknown>): void {
    void whenFailed(work, (thrown) => this.#context.fault(thrown));
  }

  #seal(block: Block, sealing: Sealing): Awaitable<Block | null> {
    const { chain, active, signer } = this.#context;
    const artefact = { kind: 'header', header: block.header } as const;
    if (sealing.kind === 'attach') {
      if (sealing.seal.length > LIMITS.sealBytes) throw pluginDefect(active.protocol, 'publish', 'seal too long');
      const own = block.header.author === signer?.self;
      if (own && !isGuardedEnough(this.#context, artefact, undefined)) return null;
      return chain.seal(block, sealing.seal);
    }
    const { sealHash } = block.header;
    const request = { domain: SEAL_DOMAIN, data: sealHash, guard: sealing.guard, artefact };
    return whenDone(signGuarded(this.#context, request), (signed) => {
      if (signed === null) return null;
      if (signed.kind === 'signed') return chain.seal(block, signed.signature);
      return whenDone(this.#publishRecorded(signed.data), () => null);
    });
  }

  /** The guard knows another block for this place: it is sent again if it is still here (contract H-27). */
  async #publishRecorded(sealHash: Bytes): Promise<void> {
    for (const { tip } of this.#context.branches.tree.nodes()) {
      if (compareBytes(tip.header.sealHash, sealHash) === 0) return this.#sendAgain(tip.header.id);
    }
  }

  async #sendAgain(id: BlockId): Promise<void> {
    const stored = await this.#context.chain.read({ kind: 'id', id });
    if (stored !== null) this.#intake.spread(stored.block, stored.proof);
  }
}
