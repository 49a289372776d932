/**
 * The chain that a subject gets to run on: accounts, candidates, ballots and keys for every member.
 *
 * @module
 */
import { type ActorId, ByteWriter, type ConsensusPlugin, type Millis } from '@fiducia/consensus';
import { type GenesisConfig, type LedgerModule, validatorKeysModule } from '@fiducia/ledger';
import type { StubCrypto } from '@fiducia/simulator';
import { sha256, toHex } from '../inspect/hash.ts';

/** Virtual time at which every chain of the kit begins. */
export const GENESIS_TIME: Millis = 1_700_000_000_000;

const BALANCE = 1_000_000n;
const DEPOSIT = 1_000n;
/** Of an address in hex. */
const ADDRESS_DIGITS = 40;

/**
 * Every member is a candidate with the same deposit, with a ballot for the one after it.
 *
 * @param idleCount - Candidates of the least deposit, whom nobody votes for.
 */
export function createGenesis(name: string, ids: readonly ActorId[], idleCount: number): GenesisConfig {
  const candidate = (id: ActorId, deposit: bigint) => ({ id, owner: id, deposit, category: 'WIND', signatures: [] });
  const idle = Array.from({ length: idleCount }, (_, index) => toHex(sha256(new ByteWriter().uint(index, 4).finish())));
  const idleIds = idle.map((text) => text.slice(0, ADDRESS_DIGITS));
  return {
    chainName: `conformance of ${name}`,
    timestamp: GENESIS_TIME,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: BALANCE })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 10_000,
    candidates: [...ids.map((id) => candidate(id, DEPOSIT)), ...idleIds.map((id) => candidate(id, 1n))],
    ballots: ids.flatMap((from, index) => {
      const to = ids[(index + 1) % ids.length];
      return to === undefined || to === from ? [] : [{ from, to, weight: DEPOSIT }];
    }),
    consensus: new TextEncoder().encode(name),
  };
}

/** Ledger modules that a plugin wants by what it claims: keys of the random function, if anything is proven with them. */
export function createModules(
  plugins: readonly ConsensusPlugin[],
  members: readonly string[],
  crypto: StubCrypto,
): readonly LedgerModule[] {
  if (!plugins.some(({ requires }) => requires.claims.includes('vrf'))) return [];
  const keys = members.map((member) => ({
    actor: crypto.identity(member).address,
    publicKey: crypto.identity(`${member}/vrf`).publicKey,
  }));
  return [validatorKeysModule({ keys })];
}
