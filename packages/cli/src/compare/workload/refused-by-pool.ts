/**
 * Bad transactions that no node takes: what is wrong shows in the bytes, in the signatures, or in the account.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { energyCosignData, fund, submitReading } from '@fiducia/energy';
import { DEFAULT_LIMITS, ledgerScope, TRANSACTION_BYTES_MAX, type TransactionForm, transfer } from '@fiducia/ledger';
import { OUTSIDER_BALANCE } from './market.ts';
import { countEnergy, readingFields } from './metering.ts';
import { type Trap, type TrapChanges, type TrapParts, writeAs } from './trap.ts';

/** Order of the group of secp256k1. */
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Bytes of s, at the end of a signature. */
const SCALAR_BYTES = 32;

/** Kinds of bad transactions that pools refuse. */
export const POOL_TRAPS: readonly Trap[] = [
  anytime('cut off', 'TX_ENCODING', (parts) => {
    const whole = pay(parts);
    return whole.subarray(0, whole.length - parts.random.integer(1, 60));
  }),
  anytime('with bytes left over', 'TX_ENCODING', (parts) =>
    joined(pay(parts), parts.random.bytes(parts.random.integer(1, 8))),
  ),
  anytime('noise', 'TX_ENCODING', ({ random }) => random.bytes(random.integer(1, 400))),
  anytime('payload of another kind', 'TX_ENCODING', (parts) =>
    writeAs(parts, parts.outsider, { ...fund, kind: transfer.kind }, { amount: 1n }),
  ),
  anytime('too large', 'TX_TOO_LARGE', (parts) =>
    joined(pay(parts), new Uint8Array(TRANSACTION_BYTES_MAX + parts.random.integer(0, 99))),
  ),
  anytime('for another chain', 'TX_WRONG_CHAIN', (parts) => pay(parts, { chainId: parts.random.bytes(32) })),
  anytime('of an unknown kind', 'TX_UNKNOWN_KIND', (parts) =>
    writeAs(parts, parts.outsider, mint, { to: parts.outsider.address, amount: 1n }),
  ),
  anytime('without a fee', 'TX_FEE', (parts) => pay(parts, { fee: 0n })),
  anytime('with a fee beyond the balance', 'TX_BALANCE', (parts) =>
    pay(parts, { fee: OUTSIDER_BALANCE + draw(parts) }),
  ),
  anytime('replayed', 'TX_NONCE_USED', ({ random, earlier }) => {
    const replayed = earlier[random.integer(0, earlier.length - 1)];
    return replayed?.bytes ?? new Uint8Array();
  }),
  anytime('far ahead of its account', 'TX_NONCE_GAP', (parts) =>
    pay(parts, { nonce: DEFAULT_LIMITS.mempoolPerAccount + parts.random.integer(0, 999) }),
  ),
  anytime('with a signature cut off', 'SIGNATURE_MALFORMED', (parts) =>
    pay(parts, { forge: (sign) => (scope, domain, data) => sign(scope, domain, data).subarray(1) }),
  ),
  anytime('with the high s of its signature', 'SIGNATURE_HIGH_S', (parts) =>
    pay(parts, { forge: (sign) => (scope, domain, data) => withHighS(sign(scope, domain, data)) }),
  ),
  anytime('signed by another key', 'SIGNER_MISMATCH', (parts) =>
    pay(parts, {
      forge: () => (scope, domain, data) => parts.pen.crypto.sign(parts.member.account, scope, domain, data),
    }),
  ),
  anytime('changed after it was signed', 'SIGNATURE_INVALID', (parts) =>
    pay(parts, { forge: (sign) => (scope, domain, data) => sign(scope, domain, joined(data, new Uint8Array(1))) }),
  ),
  anytime('signed under another label', 'SIGNATURE_INVALID', (parts) =>
    pay(parts, { forge: (sign) => (scope, _domain, data) => sign(scope, 'roundVote', data) }),
  ),
  anytime('reading signed by the meter of somebody else', 'SIGNER_MISMATCH', (parts) => {
    const fields = fieldsOf(parts);
    const signature = parts.pen.cosign(parts.other.meter, energyCosignData('energy/submitReading', fields));
    return writeAs(parts, parts.outsider, submitReading, { ...fields, signature });
  }),
  anytime('reading changed after the meter signed it', 'SIGNATURE_INVALID', (parts) => {
    const fields = fieldsOf(parts);
    const signature = parts.pen.cosign(parts.member.meter, energyCosignData('energy/submitReading', fields));
    return writeAs(parts, parts.outsider, submitReading, { ...fields, endExport: fields.endExport + 1, signature });
  }),
  anytime('reading signed as a transaction', 'SIGNATURE_INVALID', (parts) => {
    const fields = fieldsOf(parts);
    const data = energyCosignData('energy/submitReading', fields);
    const signature = parts.pen.crypto.sign(parts.member.meter, ledgerScope(parts.pen.chainId), 'transaction', data);
    return writeAs(parts, parts.outsider, submitReading, { ...fields, signature });
  }),
];

/** A kind that no module has. */
const mint: TransactionForm<{ readonly to: string; readonly amount: bigint }> = { ...transfer, kind: 'account/mint' };

function anytime(name: string, code: string, make: (parts: TrapParts) => Bytes): Trap {
  return { name, code, when: 'any', make };
}

/** A small payment of the outsider, sound but for the changes. */
function pay(parts: TrapParts, changes: TrapChanges = {}): Bytes {
  const payload = { to: parts.member.account.address, amount: draw(parts) };
  return writeAs(parts, parts.outsider, transfer, payload, changes);
}

function draw({ random }: TrapParts): bigint {
  return BigInt(random.integer(1, 100));
}

function fieldsOf({ member, phase, random }: TrapParts) {
  return readingFields(member, phase - 1, member.registers, countEnergy(member.registers, random.integer(1, 99)));
}

/** The same signature in its second form: s replaced by the order minus s. */
function withHighS(signature: Bytes): Bytes {
  const start = signature.length - SCALAR_BYTES;
  const s = BigInt(`0x${Buffer.from(signature.subarray(start)).toString('hex')}`);
  const high = (GROUP_ORDER - s).toString(16).padStart(2 * SCALAR_BYTES, '0');
  return joined(signature.subarray(0, start), Uint8Array.from(Buffer.from(high, 'hex')));
}

function joined(...parts: readonly Bytes[]): Bytes {
  return Uint8Array.from(Buffer.concat(parts));
}
