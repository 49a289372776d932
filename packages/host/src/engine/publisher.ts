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
import type { Block } from '@fiducia/consensus/ports';
import type { HostContext } from '../context.ts';
import { pluginDefect } from '../era/guarded-rules.ts';
import type { HeldBlocks } from '../import/held.ts';
import { BLOCKS_CHANNEL, type BlockIntake } from '../import/intake.ts';
import { isGuardedEnough, signGuarded } from './signing.ts';

/** Seals and publishes what the engine built. */
export class Publisher {
  readonly #context: HostContext;
  readonly #held: HeldBlocks;
  readonly #intake: BlockIntake;

  constructor(context: HostContext, held: HeldBlocks, intake: BlockIntake) {
    this.#context = context;
    this.#held = held;
    this.#intake = intake;
  }

  /**
   * Resolves once the block is sealed and queued for import. The import itself is not awaited: its
   * outcome reaches the engine as an input (contract H-2).
   */
  async publish(effect: Extract<Effect, { kind: 'publish' }>): Promise<void> {
    const { branches, events } = this.#context;
    if (effect.proof !== undefined) events.trace('PROOF_IGNORED', { blockId: effect.blockId });
    const block = this.#held.get(effect.blockId);
    if (block === undefined) {
      if (branches.tree.get(effect.blockId) !== undefined) return this.#sendAgain(effect.blockId);
      return events.trace('PUBLISH_UNKNOWN_BLOCK', { blockId: effect.blockId });
    }
    const sealed = effect.sealing === undefined ? block : await this.#seal(block, effect.sealing);
    if (sealed !== null) void this.#intake.importOwn(sealed);
  }

  async #seal(block: Block, sealing: Sealing): Promise<Block | null> {
    const { chain, era, signer } = this.#context;
    const artefact = { kind: 'header', header: block.header } as const;
    if (sealing.kind === 'attach') {
      if (sealing.seal.length > LIMITS.sealBytes) throw pluginDefect(era.protocol, 'publish', 'seal too long');
      const own = block.header.author === signer?.self;
      if (own && !isGuardedEnough(this.#context, artefact, undefined)) return null;
      return chain.seal(block, sealing.seal);
    }
    const { sealHash } = block.header;
    const signed = await signGuarded(this.#context, {
      domain: SEAL_DOMAIN,
      data: sealHash,
      guard: sealing.guard,
      artefact,
    });
    if (signed === null) return null;
    if (signed.kind === 'signed') return chain.seal(block, signed.signature);
    await this.#publishRecorded(signed.data);
    return null;
  }

  /** The guard knows another block for this place: it is sent again if it is still here (contract H-27). */
  async #publishRecorded(sealHash: Bytes): Promise<void> {
    for (const { tip } of this.#context.branches.tree.nodes()) {
      if (compareBytes(tip.header.sealHash, sealHash) === 0) return this.#sendAgain(tip.header.id);
    }
  }

  async #sendAgain(id: BlockId): Promise<void> {
    const stored = await this.#context.chain.read({ kind: 'id', id });
    if (stored !== null) this.#context.net.send(null, BLOCKS_CHANNEL, stored.block.bytes);
  }
}
