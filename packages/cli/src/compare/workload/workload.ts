/**
 * The good transactions of a comparison: signed once, sent under every protocol.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { Crypto, KeyPair } from '@fiducia/crypto';
import {
  approveMeter,
  cancelOrder,
  energyCosignData,
  fund,
  type PlaceOrder,
  placeOrder,
  registerMeter,
  registerParticipant,
  reviewParticipant,
  submitReading,
  withdraw,
} from '@fiducia/energy';
import { type TransactionForm, transfer } from '@fiducia/ledger';
import { createRandomStream, type RandomStream } from '@fiducia/simulator';
import { supervisorKeyPair } from '../../scenario/genesis.ts';
import {
  COMPARE_ZONE,
  type CompareMember,
  compareDocumentHash,
  compareGridKeyPair,
  compareMembers,
  MEMBER_LIMITS,
} from './market.ts';
import { countEnergy, FRESH_REGISTERS, type MeterRegisters, readingFields, signReading } from './metering.ts';
import { Pen, type WorkloadTransaction } from './pen.ts';
import {
  ADMISSION,
  DELIVERY_LEAD,
  FIRST_DELIVERY_PHASE,
  FIRST_TRADING_PHASE,
  LAST_DELIVERY_PHASE,
  LAST_TRADING_PHASE,
  marketSlotOfPhase,
} from './timeline.ts';

/** What a workload is made for. */
export interface WorkloadOptions {
  /** Seed of all amounts, prices, counterparties and gaps; equal seeds give equal bytes. */
  readonly seed: number;
  /** Chain that the signatures hold on. */
  readonly chainId: Bytes;
  readonly crypto: Crypto;
  /** Units added to the last transfer, to show what one changed amount does. @default 0n */
  readonly amendment?: bigint;
}

/** Transactions that every chain has to execute, each in the market slot of its phase. */
export interface Workload {
  /** By phase; those of one signer in the order of their nonces. */
  readonly transactions: readonly WorkloadTransaction[];
  /** Where the writing stopped, for transactions that follow. */
  readonly pen: Pen;
  /** Registers of the meters at the end, in the order of the members. */
  readonly registers: readonly MeterRegisters[];
}

/** Most that a fee exceeds the least one, so that the order of a block is not that of arrival. */
const FEE_SPREAD = 4;

/** Permille of orders that are cancelled in the phase after the one in which they were placed. */
const CANCELLED_PERMILLE = 150;

/** Permille of readings that get lost; never two in a row, which would bar the owner from selling (energy TF2). */
const LOST_PERMILLE = 60;

/** Orders that a member places in a phase. */
const ORDER_NAMES = ['a', 'b'] as const;

/**
 * Writes the workload of a comparison: admissions, orders, cancellations, readings, transfers, funding and withdrawals
 * of 40 members over ten trading phases.
 *
 * Nothing in it depends on what consensus decides: no income is collected and no deposit withdrawn. Transactions of
 * different signers within one phase are independent of each other, so every interleaving executes.
 */
export function createWorkload({ seed, chainId, crypto, amendment = 0n }: WorkloadOptions): Workload {
  const random = createRandomStream({ seed, label: 'workload', sha256: crypto.sha256 });
  const writer = new WorkloadWriter(new Pen(chainId, crypto), random, amendment);
  return writer.write();
}

/**
 * Another order of sending: within every phase the signers are interleaved anew, each keeping the order of its nonces.
 */
export function shuffleWithinPhases(
  transactions: readonly WorkloadTransaction[],
  random: RandomStream,
): readonly WorkloadTransaction[] {
  const result: WorkloadTransaction[] = [];
  for (const phase of new Set(transactions.map((transaction) => transaction.phase))) {
    const queues = new Map<string, WorkloadTransaction[]>();
    for (const transaction of transactions) {
      if (transaction.phase !== phase) continue;
      queues.set(transaction.signer, [...(queues.get(transaction.signer) ?? []), transaction]);
    }
    const waiting = [...queues.values()];
    while (waiting.length > 0) {
      const index = random.integer(0, waiting.length - 1);
      const next = waiting[index]?.shift();
      if (next !== undefined) result.push(next);
      if (waiting[index]?.length === 0) waiting.splice(index, 1);
    }
  }
  return result;
}

class WorkloadWriter {
  readonly #pen: Pen;
  readonly #random: RandomStream;
  readonly #amendment: bigint;
  readonly #members = compareMembers();
  readonly #transactions: WorkloadTransaction[] = [];
  /** Registers as of the last reading that was sent, and now. */
  readonly #read: MeterRegisters[] = this.#members.map(() => FRESH_REGISTERS);
  readonly #now: MeterRegisters[] = this.#members.map(() => FRESH_REGISTERS);
  readonly #lost = new Set<number>();

  constructor(pen: Pen, random: RandomStream, amendment: bigint) {
    this.#pen = pen;
    this.#random = random;
    this.#amendment = amendment;
  }

  write(): Workload {
    this.#admit();
    for (let phase = FIRST_TRADING_PHASE; phase <= LAST_DELIVERY_PHASE + 1; phase++) {
      if (phase <= LAST_TRADING_PHASE) this.#trade(phase);
      // A slot is read in the phase after it.
      if (phase > FIRST_DELIVERY_PHASE) this.#measure(phase);
    }
    return { transactions: this.#transactions, pen: this.#pen, registers: this.#read };
  }

  #admit(): void {
    const [grid, supervisor] = [compareGridKeyPair(), supervisorKeyPair()];
    const { capW, meterWh } = MEMBER_LIMITS;
    const caps = { capGenW: capW, capLoadW: capW };
    for (const { id, role, account, meterId, meter } of this.#members) {
      const docsHash = compareDocumentHash(id);
      const application = { id, role, zone: COMPARE_ZONE, ...caps, docsHash, deposit: this.#amount(0, 100_000) };
      this.#send(ADMISSION.apply, account, registerParticipant, application);
      const verdict = { decision: 'APPROVE', reasonCode: 'REVIEWED', capGenW: null, capLoadW: null } as const;
      this.#send(ADMISSION.review, supervisor, reviewParticipant, { id, ...verdict, evidenceHash: docsHash });
      const limits = { maxImportWh: meterWh, maxExportWh: meterWh, startImport: 0, startExport: 0 };
      this.#send(ADMISSION.registerMeter, account, registerMeter, { meterId, key: meter.address, ...limits });
      const signature = this.#pen.cosign(supervisor, energyCosignData('energy/approveMeter', { meterId }));
      const approval = { meterId, cosigner: supervisor.address, signature };
      this.#send(ADMISSION.approveMeter, grid, approveMeter, approval);
    }
    // Written member by member, sent phase by phase.
    this.#transactions.sort((a, b) => a.phase - b.phase);
  }

  #trade(phase: number): void {
    for (const [index, member] of this.#members.entries()) {
      for (const name of ORDER_NAMES) this.#order(phase, member, name);
      this.#move(phase, index, member);
    }
  }

  #order(phase: number, member: CompareMember, name: string): void {
    const previous = { slot: marketSlotOfPhase(phase - 1 + DELIVERY_LEAD), clientRef: `${phase - 1}${name}` };
    if (phase > FIRST_TRADING_PHASE && this.#random.chance(CANCELLED_PERMILLE)) {
      this.#send(phase, member.account, cancelOrder, { ...previous, owner: member.id });
    }
    const order: PlaceOrder = {
      meter: member.meterId,
      slot: marketSlotOfPhase(phase + DELIVERY_LEAD),
      ...this.#offer(member),
      qty: this.#random.integer(1, 2_000),
      clientRef: `${phase}${name}`,
    };
    this.#send(phase, member.account, placeOrder, order);
  }

  /** Prices that cross about as often as not. */
  #offer({ role }: CompareMember): Pick<PlaceOrder, 'side' | 'price'> {
    return role === 'USER'
      ? { side: 'buy', price: this.#random.integer(380, 620) }
      : { side: 'sell', price: this.#random.integer(300, 540) };
  }

  /** A payment to another member, and money into the market or out of it. */
  #move(phase: number, index: number, { account }: CompareMember): void {
    const others = this.#members.length - 1;
    const to = this.#members[(index + 1 + this.#random.integer(0, others - 1)) % this.#members.length];
    const isLast = phase === LAST_TRADING_PHASE && index === others;
    const amount = this.#amount(1, 10_000) + (isLast ? this.#amendment : 0n);
    this.#send(phase, account, transfer, { to: to?.account.address ?? '', amount });
    this.#send(phase, account, this.#random.chance(600) ? fund : withdraw, { amount: this.#amount(1, 5_000) });
  }

  /** Readings of the phase before; a lost one shows as a gap in the next. */
  #measure(phase: number): void {
    for (const [index, member] of this.#members.entries()) {
      const before = this.#now[index] ?? FRESH_REGISTERS;
      const used = this.#random.integer(0, 3_000);
      const after = countEnergy(before, member.role === 'USER' ? used : 0 - used);
      this.#now[index] = after;
      if (!this.#lost.has(index) && this.#random.chance(LOST_PERMILLE)) {
        this.#lost.add(index);
        continue;
      }
      this.#lost.delete(index);
      const { seq } = this.#read[index] ?? FRESH_REGISTERS;
      const fields = readingFields(member, phase - 1, { ...before, seq }, after);
      this.#send(phase, member.account, submitReading, signReading(this.#pen, member, fields));
      this.#read[index] = { ...after, seq: seq + 1 };
    }
  }

  #amount(min: number, max: number): bigint {
    return BigInt(this.#random.integer(min, max));
  }

  #send<P>(phase: number, account: KeyPair, form: TransactionForm<P>, payload: P): void {
    const fee = this.#amount(1, 1 + FEE_SPREAD);
    this.#transactions.push(this.#pen.write(phase, account, form, payload, fee));
  }
}
