/**
 * The active half: keeps one search for a nonce on the head going.
 *
 * @module
 */
import type {
  Bytes,
  ConsensusEngine,
  ConsensusHeader,
  Effect,
  EngineContext,
  Input,
  Millis,
  Tip,
} from '@fiducia/consensus';
import type { PowConfig } from './config.ts';
import { medianTimePast } from './retarget.ts';
import type { PowState } from './state.ts';
import { encodeTarget, WORK_ALGORITHM } from './target.ts';

/** Name of the only timer. */
const REBUILD_TIMER = 'rebuild';

/**
 * Creates the engine of one node. It mines on the head and on nothing else, and not at all while
 * behind its peers or without an identity.
 */
export function createEngine(config: PowConfig, { self }: EngineContext): ConsensusEngine<PowState> {
  return new MiningEngine(config, self !== null);
}

class MiningEngine implements ConsensusEngine<PowState> {
  readonly #config: PowConfig;
  readonly #mayMine: boolean;
  #head: Tip<PowState> | undefined;
  #isBehind = true;
  /** Numbers the requests, so that a late answer is told from the expected one (pos-pow M2). */
  #attempt = 0;
  #claimedTime: Millis = 0;
  /** Hundreds of blocks in a row claim one target; its bytes as the header of the next one carries them. */
  #digest: { readonly target: bigint; readonly bytes: Bytes } | null = null;

  constructor(config: PowConfig, mayMine: boolean) {
    this.#config = config;
    this.#mayMine = mayMine;
  }

  start(start: { readonly head: Tip<PowState>; readonly behind: boolean }, now: Millis): readonly Effect[] {
    this.#isBehind = start.behind;
    return this.#follow(start.head, now);
  }

  on(input: Input<PowState>, now: Millis): readonly Effect[] {
    switch (input.kind) {
      case 'headChanged':
        return this.#follow(input.head, now);
      case 'syncChanged':
        this.#isBehind = input.behind;
        return this.#restart(now);
      case 'timerElapsed':
        return input.timerId === REBUILD_TIMER ? this.#restart(now) : [];
      case 'blockBuilt':
        return input.requestId === this.#buildRequest ? this.#mine(input.header) : [];
      case 'mined':
        return input.requestId === this.#mineRequest ? this.#publish(input) : [];
      default:
        return [];
    }
  }

  get #buildRequest(): string {
    return `build/${this.#attempt}`;
  }

  get #mineRequest(): string {
    return `mine/${this.#attempt}`;
  }

  #follow(head: Tip<PowState>, now: Millis): readonly Effect[] {
    const earlier = this.#head?.state.target;
    this.#head = head;
    this.#claimedTime = 0;
    const effects = this.#restart(now);
    const { target } = head.state;
    if (earlier === undefined || earlier === target) return effects;
    return [...effects, { kind: 'trace', event: 'targetChanged', data: { height: head.header.height, target } }];
  }

  /**
   * Abandons the search and begins another one (pos-pow M1, M2). The timer does the same once per
   * spacing: the block takes in new transactions, and as each attempt claims a later time, the nonces
   * that were tried count again long before all 2^64 are used up (pos-pow M3).
   */
  #restart(now: Millis): readonly Effect[] {
    const head = this.#head;
    if (head === undefined || !this.#mayMine) return [];
    const abandoned: readonly Effect[] = [
      { kind: 'cancel', requestId: this.#buildRequest },
      { kind: 'cancel', requestId: this.#mineRequest },
    ];
    this.#attempt++;
    if (this.#isBehind) return [...abandoned, { kind: 'setTimer', timerId: REBUILD_TIMER, at: null }];

    // T2 sets the least time; an honest miner claims no other than its own clock's otherwise.
    this.#claimedTime = Math.max(now, medianTimePast(head.state.timestamps) + 1, this.#claimedTime + 1);
    const until = now + this.#config.spacingMs;
    return [
      ...abandoned,
      { kind: 'setTimer', timerId: REBUILD_TIMER, at: until },
      {
        kind: 'buildBlock',
        requestId: this.#buildRequest,
        parentId: head.header.id,
        timestamp: this.#claimedTime,
        digest: this.#digestOf(head.state.target),
        deadline: until,
      },
    ];
  }

  #digestOf(target: bigint): Bytes {
    if (this.#digest?.target !== target) this.#digest = { target, bytes: encodeTarget(target) };
    return this.#digest.bytes;
  }

  #mine(header: ConsensusHeader | null): readonly Effect[] {
    const head = this.#head;
    // Without a block the timer asks again.
    if (header === null || head === undefined) return [];
    const { target } = head.state;
    return [{ kind: 'mine', requestId: this.#mineRequest, blockId: header.id, algorithm: WORK_ALGORITHM, target }];
  }

  #publish({ blockId, seal }: Extract<Input<PowState>, { kind: 'mined' }>): readonly Effect[] {
    const height = (this.#head?.header.height ?? 0) + 1;
    return [
      { kind: 'publish', blockId, sealing: { kind: 'attach', seal } },
      { kind: 'trace', event: 'nonceFound', data: { height, nonce: seal } },
    ];
  }
}
