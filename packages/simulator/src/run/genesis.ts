/**
 * Genesis and modules of a simulated network: what its plugins need of a ledger (see {@link Subject}).
 *
 * @module
 */
import type { ActorId, Millis } from '@fiducia/consensus';
import { type GenesisConfig, type LedgerModule, validatorKeysModule } from '@fiducia/ledger';
import type { StubCrypto } from '../stub-crypto.ts';
import { configFor, pluginsOf, producersOf, type Subject } from '../subject.ts';

/** Deposit of every member, and weight of the ballot it casts. */
const MEMBER_DEPOSIT = 1_000n;
const BALANCE = 1_000_000n;
/** Longer than any run: deposits of leavers stay within reach. */
const UNBONDING_BLOCKS = 10_000;

/** Name of the account whose transactions the clients of a node send. */
export function payerNameOf(index: number): string {
  return `payer-${index}`;
}

/** Whether members are elected by ballots and deposits. */
export function electsMembers(subject: Subject): boolean {
  return wantsFact(subject, 'ballot');
}

/** Whether members take part in rounds. */
export function votesInRounds(subject: Subject): boolean {
  return wantsFact(subject, 'participation');
}

/** Whether a chain of this subject claims something of this kind. */
export function claims(subject: Subject, kind: string, members: readonly ActorId[]): boolean {
  return producersOf(subject).some(({ plugin, config }) => {
    const claimed = plugin.claimsOf?.(plugin.parseConfig(configFor(config, members))) ?? plugin.requires.claims;
    return claimed.some((claim) => claim === kind);
  });
}

/** Every node is a member with the same deposit that votes for the one after it; its clients have an account each. */
export function createGenesis(options: {
  readonly subject: Subject;
  readonly members: readonly ActorId[];
  readonly crypto: StubCrypto;
  readonly timestamp: Millis;
}): GenesisConfig {
  const { subject, members, crypto, timestamp } = options;
  const payers = members.map((_, index) => crypto.identity(payerNameOf(index)).address);
  return {
    chainName: subject.name,
    timestamp,
    minimumFee: 1n,
    accounts: [...members, ...payers].map((actor) => ({ actor, balance: BALANCE })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: UNBONDING_BLOCKS,
    candidates: members.map((id) => ({ id, owner: id, deposit: MEMBER_DEPOSIT, category: 'WIND', signatures: [] })),
    ballots: members.flatMap((from, index) => {
      const to = members[(index + 1) % members.length];
      return to === undefined || to === from ? [] : [{ from, to, weight: MEMBER_DEPOSIT / 2n }];
    }),
    consensus: new TextEncoder().encode(subject.name),
  };
}

/** Ledger modules beside the built-in ones. */
export function createModules(options: {
  readonly subject: Subject;
  readonly members: readonly ActorId[];
  readonly vrfKeyOf: (index: number) => Uint8Array;
}): readonly LedgerModule[] {
  const { subject, members, vrfKeyOf } = options;
  if (!claims(subject, 'vrf', members)) return [];
  return [validatorKeysModule({ keys: members.map((actor, index) => ({ actor, publicKey: vrfKeyOf(index) })) })];
}

function wantsFact(subject: Subject, kind: string): boolean {
  return pluginsOf(subject).some(({ requires: { facts } }) => facts.some((fact) => fact === kind));
}
