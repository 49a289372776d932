/**
 * Guard records on a simulated disk.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { DiskDevice, DiskHandle, DiskUser, UnsyncedWrite } from './device.ts';
import type { GuardLane, GuardRecord, GuardRecords, GuardState } from './guard-records.ts';

/** Records by scope and lane (storage L1), and the chains that signing is allowed on. */
export class GuardPart {
  readonly #device: DiskDevice;
  readonly #records = new Map<string, GuardRecord>();
  readonly #chains = new Set<string>();

  constructor(device: DiskDevice) {
    this.#device = device;
  }

  open(user: DiskUser): GuardRecords {
    const device = this.#device;
    const handle = device.open('guard', user);
    let last: Promise<unknown> = Promise.resolve();
    /** One step after the other, each with what the one before made durable (storage L2). */
    const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
      const turn = last.then(step);
      last = turn.catch(() => undefined);
      return turn;
    };
    return {
      update: (lane, decide) => inTurn(() => this.#update(handle, lane, decide)),
      isOpen: async (chainId) => {
        device.read('guard');
        return this.#chains.has(chainOf(chainId));
      },
      openChain: (chainId) => inTurn(() => device.write('guard', handle, () => this.#openChain(chainOf(chainId)))),
    };
  }

  wipe(): void {
    this.#records.clear();
    this.#chains.clear();
  }

  async #update<T extends { readonly record?: GuardRecord }>(
    handle: DiskHandle,
    { scope, lane }: GuardLane,
    decide: (state: GuardState) => T,
  ): Promise<T> {
    this.#device.read('guard');
    const chain = chainOf(scope.chainId);
    const key = JSON.stringify([chain, scope.era, scope.protocol, lane]);
    const answer = decide({ isOpen: this.#chains.has(chain), record: this.#records.get(key) });
    const { record } = answer;
    // Durable before the signature leaves the signer (storage L3).
    if (record !== undefined) await this.#device.write('guard', handle, () => this.#put(chain, key, record));
    return answer;
  }

  #put(chain: string, key: string, record: GuardRecord): UnsyncedWrite {
    const before = this.#records.get(key);
    const { revert } = this.#openChain(chain);
    this.#records.set(key, record);
    return {
      revert: () => {
        if (before === undefined) this.#records.delete(key);
        else this.#records.set(key, before);
        revert();
      },
    };
  }

  #openChain(chain: string): UnsyncedWrite {
    const isNew = !this.#chains.has(chain);
    this.#chains.add(chain);
    return { revert: () => void (isNew && this.#chains.delete(chain)) };
  }
}

function chainOf(chainId: Bytes): string {
  return Array.from(chainId, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
