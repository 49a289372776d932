/** The registry contract: who seals, who takes part, whose work was wrong. Consensus reads its journal. */
import { bigIntToBytes, bytesToHex, setLengthLeft } from '@ethereumjs/util';
import type { JournalEntry } from '@fiducia/adapter-ethereumjs';
import { type ActorId, ByteWriter, type Fact } from '@fiducia/consensus';
import { TRUST_OFFENCE_ID } from '@fiducia/consensus-dt-dpos';
import { assemble } from './assembler.ts';

/** What the first byte of a call asks for. */
export const CALLS = { join: 1, leave: 2, vote: 4, participate: 5, work: 6 } as const;

/**
 * Every call but good work appends an entry about the caller: kind, value sent or height, and the word behind the
 * kind. Work is a number and its square; the contract counts what is right and writes into the journal what is wrong.
 */
export const REGISTRY_CODE = assemble(`
    0x00 CALLDATALOAD 0xf8 SHR          ; kind
    DUP1 ISZERO @refuse JUMPI
    DUP1 0x03 EQ @refuse JUMPI          ; deposits are made by joining
    0x06 DUP2 GT @refuse JUMPI
    DUP1 0x06 EQ @work JUMPI
  append:
    0x05 DUP2 LT @value JUMPI
    NUMBER @pack JUMP
  value:
    CALLVALUE
  pack:                                 ; kind amount
    0xffffffffffffffffffffff AND 0xa0 SHL
    CALLER OR SWAP1 0xf8 SHL OR         ; kind 8 bits, amount 88 bits, caller 160 bits
    0x00 SLOAD SWAP1 DUP2               ; n word n
    0x01 SHL 0x01 ADD SSTORE            ; slot 2n + 1
    0x01 CALLDATALOAD DUP2
    0x01 SHL 0x02 ADD SSTORE            ; slot 2n + 2
    0x01 ADD 0x00 SSTORE
    STOP
  work:
    0x01 CALLDATALOAD DUP1 MUL 0x21 CALLDATALOAD EQ @good JUMPI
    @append JUMP
  good:
    CALLER 0x01 0xff SHL ADD            ; counters lie far above the journal
    DUP1 SLOAD 0x01 ADD SWAP1 SSTORE
    STOP
  refuse:
    0x00 0x00 REVERT
`);

/** Storage of a registry in which members were admitted and voted for before the first block. */
export function genesisJournal(members: readonly ActorId[], deposit: bigint): [`0x${string}`, `0x${string}`][] {
  const words = members.map((member) => (1n << 248n) | (deposit << 160n) | BigInt(member));
  return [
    [word(0n), word(BigInt(words.length))],
    ...words.map((value, index): [`0x${string}`, `0x${string}`] => [word(2n * BigInt(index) + 1n), word(value)]),
  ];
}

/** Slot in which the contract counts the good work of `member`. */
export function workSlot(member: ActorId): Uint8Array {
  return setLengthLeft(bigIntToBytes((1n << 255n) + BigInt(member)), 32);
}

/** Calldata of a call. */
export function encodeCall(kind: number, ...details: readonly bigint[]): Uint8Array {
  const words = details.flatMap((detail) => [...setLengthLeft(bigIntToBytes(detail), 32)]);
  return Uint8Array.from([kind, ...words]);
}

/** Wrong work is an offence that the ledger itself has proven (trust F7); one counts for each block. */
export function offenceOf({ kind, actor, amount }: JournalEntry): Fact | undefined {
  if (kind !== CALLS.work) return undefined;
  return { kind: 'custom', id: TRUST_OFFENCE_ID, data: new ByteWriter().text(actor).uint(amount, 6).finish() };
}

function word(value: bigint): `0x${string}` {
  return bytesToHex(setLengthLeft(bigIntToBytes(value), 32));
}
