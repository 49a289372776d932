import { credit, issueToModules, type StateWriter, type Table, type TransactionType } from '@fiducia/ledger';
import {
  approveMeter,
  DEMO_ENERGY_PARAMS,
  type EnergyGenesis,
  type EnergyParams,
  energyModule,
  type MarketRole,
  type PlaceOrder,
  placeOrder,
  registerMeter,
  registerParticipant,
  reviewParticipant,
  submitReading,
} from '../src/index.ts';

/** Ledger state in memory. */
export class MemoryState implements StateWriter {
  /** Whether every value goes through its codec, so that a wrong one cannot hide; costs time. */
  readonly checked: boolean;
  readonly #tables = new Map<string, Map<string, unknown>>();
  #undo: (readonly [prefix: string, key: string, value: unknown])[] = [];

  constructor(checked: boolean) {
    this.checked = checked;
  }

  get<T>(table: Table<T>, key: string): T | undefined {
    return this.#tables.get(table.prefix)?.get(key) as T | undefined;
  }

  entries<T>(table: Table<T>, prefix = ''): readonly (readonly [key: string, value: T])[] {
    return [...(this.#tables.get(table.prefix) ?? [])]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1)) as [string, T][];
  }

  set<T>(table: Table<T>, key: string, value: T): void {
    if (new TextEncoder().encode(key).length > 192) throw new Error(`key too long: ${key}`);
    this.#write(table.prefix, key, this.checked ? table.codec.decode(table.codec.encode(value)) : value);
  }

  delete<T>(table: Table<T>, key: string): void {
    this.#write(table.prefix, key, undefined);
  }

  /** Everything since the last checkpoint is kept. */
  checkpoint(): void {
    this.#undo = [];
  }

  /** Everything since the last checkpoint is undone. */
  rollback(): void {
    for (const [prefix, key, value] of this.#undo.reverse()) this.#put(prefix, key, value);
    this.#undo = [];
  }

  /** Canonical dump, for comparing states. */
  dump(): string {
    const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
    const tables = [...this.#tables].map(([prefix, table]) => [
      prefix,
      [...table].sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
    return JSON.stringify(
      tables.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
      text,
    );
  }

  /** Number of entries of a table under a key prefix. */
  count(table: string, prefix = ''): number {
    return [...(this.#tables.get(`application/energy/${table}/`)?.keys() ?? [])].filter((key) => key.startsWith(prefix))
      .length;
  }

  #write(prefix: string, key: string, value: unknown): void {
    this.#undo.push([prefix, key, this.#tables.get(prefix)?.get(key)]);
    this.#put(prefix, key, value);
  }

  #put(prefix: string, key: string, value: unknown): void {
    const table = this.#tables.get(prefix) ?? new Map<string, unknown>();
    this.#tables.set(prefix, table);
    if (value === undefined) table.delete(key);
    else table.set(key, value);
  }
}

/** A market slot far from zero; genesis lies 16 slots before it, as in energy DM4. */
export const SLOT = 1_543_968;
const SLOT_SEC = 900;
export const ZONE = 'Z1';
export const HASH = new Uint8Array(32).fill(7);
export const SIGNATURE = new Uint8Array(97).fill(1);
const CORE_BALANCE = 1_000_000_000n;

export interface MemberSetup {
  readonly id: string;
  readonly role: MarketRole;
  readonly balance?: bigint;
  readonly deposit?: bigint;
  readonly zone?: string;
}

/** The market module on a state in memory, driven by hand: signatures are taken for granted. */
export class MarketChain {
  readonly state: MemoryState;
  readonly facts: unknown[] = [];
  readonly module: ReturnType<typeof energyModule>;
  height = 0;
  seconds: number;

  constructor(
    options: {
      params?: Partial<EnergyParams>;
      accounts?: EnergyGenesis['accounts'];
      gridBalance?: bigint;
      checked?: boolean;
    } = {},
  ) {
    this.state = new MemoryState(options.checked ?? true);
    this.module = energyModule({
      params: { ...DEMO_ENERGY_PARAMS, ...options.params },
      grid: { actor: actorOf('GRID'), balance: options.gridBalance ?? 100_000_000_000n },
      supervisors: [{ id: 'SUPERVISOR', actor: actorOf('SUPERVISOR') }],
      accounts: options.accounts ?? [],
    });
    this.seconds = (SLOT - 16) * SLOT_SEC;
    this.module.genesis?.(this.#context());
    this.state.checkpoint();
  }

  /** Starts the next block at `seconds`. */
  begin(seconds: number): void {
    this.height++;
    this.seconds = seconds;
    this.module.beginBlock?.(this.#context());
    this.state.checkpoint();
  }

  /** Executes a transaction in the current block; a refused one leaves no trace. */
  run<P>(type: TransactionType<P>, signer: string, payload: P): string | undefined {
    const decoded = type.codec.decode(type.codec.encode(payload));
    const refusal = type.execute({ ...this.#context(), signer: actorOf(signer), index: 0 }, decoded);
    if (refusal === undefined) this.state.checkpoint();
    else this.state.rollback();
    return refusal;
  }

  /** Gives money of the core ledger to an account. */
  endow(name: string, amount: bigint = CORE_BALANCE): void {
    issueToModules(this.state, amount);
    credit(this.state, actorOf(name), amount);
    this.state.checkpoint();
  }

  /** Admits a participant with one meter of 10 kW in both directions. */
  admit({ id, role, deposit = 0n, zone = ZONE }: MemberSetup): void {
    const steps = [
      this.run(registerParticipant, id, {
        id,
        role,
        zone,
        capGenW: 40_000,
        capLoadW: 40_000,
        docsHash: HASH,
        deposit,
      }),
      this.run(reviewParticipant, 'SUPERVISOR', {
        id,
        decision: 'APPROVE',
        reasonCode: 'DOCS_OK',
        evidenceHash: HASH,
        capGenW: null,
        capLoadW: null,
      }),
      this.run(registerMeter, id, {
        meterId: meterOf(id),
        key: actorOf(meterOf(id)),
        maxImportWh: 10_000,
        maxExportWh: 10_000,
        startImport: 0,
        startExport: 0,
      }),
      this.run(approveMeter, 'GRID', {
        meterId: meterOf(id),
        cosigner: actorOf('SUPERVISOR'),
        signature: SIGNATURE,
      }),
    ];
    for (const refusal of steps) if (refusal !== undefined) throw new Error(`admission of ${id}: ${refusal}`);
  }

  order(
    owner: string,
    order: Omit<PlaceOrder, 'meter' | 'clientRef' | 'slot'> & Partial<PlaceOrder>,
  ): string | undefined {
    return this.run(placeOrder, owner, { meter: meterOf(owner), slot: SLOT, clientRef: 'a', ...order });
  }

  /** Sends the next reading of the participant's meter; `netWh` of the slot, + is import. */
  read(
    owner: string,
    slot: number,
    netWh: number,
    gap: { gapImport?: number; gapExport?: number } = {},
  ): string | undefined {
    const register = this.#registers.get(owner) ?? { seq: 0, import: 0, export: 0 };
    const startImport = register.import + (gap.gapImport ?? 0);
    const startExport = register.export + (gap.gapExport ?? 0);
    const next = {
      seq: register.seq + 1,
      import: startImport + Math.max(0, netWh),
      export: startExport + Math.max(0, -netWh),
    };
    const refusal = this.run(submitReading, owner, {
      meter: meterOf(owner),
      key: actorOf(meterOf(owner)),
      slot,
      seq: next.seq,
      startImport,
      startExport,
      endImport: next.import,
      endExport: next.export,
      quality: 'MEASURED',
      signature: SIGNATURE,
    });
    if (refusal === undefined) this.#registers.set(owner, next);
    return refusal;
  }

  readonly #registers = new Map<string, { seq: number; import: number; export: number }>();

  #context() {
    return {
      state: this.state,
      height: this.height,
      timestamp: this.seconds * 1000,
      author: '',
      chainId: HASH,
      emit: (fact: unknown) => void this.facts.push(fact),
    };
  }
}

/** Account of a participant or meter in these tests. */
export function actorOf(name: string): string {
  return `key-${name.toLowerCase()}`;
}

export function meterOf(participant: string): string {
  return `${participant}_m`;
}

/** A chain with members, funded and at the block in which orders of {@link SLOT} open. */
export function openMarket(
  members: readonly MemberSetup[],
  options: { params?: Partial<EnergyParams>; gridBalance?: bigint; checked?: boolean; startSlot?: number } = {},
): MarketChain {
  const accounts = members.map(({ id, balance = 5_000_000_000n }) => ({ id, actor: actorOf(id), balance }));
  const chain = new MarketChain({ ...options, accounts });
  chain.begin(timeOf(options.startSlot ?? SLOT - 10));
  for (const member of members) chain.admit(member);
  return chain;
}

/** Start of a slot in Unix seconds. */
export function timeOf(slot: number): number {
  return slot * SLOT_SEC;
}
