/**
 * Genesis: the configuration a chain starts from, its canonical bytes, and the chain id.
 *
 * @module
 */
import type { ActorId, Bytes, HashFunction, Height, Millis } from '@fiducia/consensus';
import { sha256 } from '@noble/hashes/sha2.js';
import * as P from 'micro-packed';
import { SUPPLY_MAX } from '../account/accounts.ts';
import { actorIdCodec, amountCodec, bytesCodec, isActorId, listCodec, safeUintCodec, textCodec } from '../codec.ts';
import { LedgerError } from '../errors.ts';
import type { LedgerModule } from '../modules/module.ts';
import { type AdmissionRules, CATEGORY_BYTES_MAX, checkApproval, SUPERVISORS_MAX } from '../modules/registry.ts';
import { SIGNATURE_BYTES_MAX, signatureCodec } from '../transaction/codec.ts';

/**
 * Chain id in the scope of the supervisor signatures that genesis carries: 32 zero bytes. They cannot
 * name the chain id, because the chain id covers them; a chain made later never has this id.
 */
export const GENESIS_SCOPE_CHAIN_ID: Bytes = new Uint8Array(32);

/** A member of the genesis configuration. */
export interface GenesisCandidate {
  /** Address of its validator key. */
  readonly id: ActorId;
  /** Account that owns the deposit. */
  readonly owner: ActorId;
  /** Deposit in base units, issued by genesis beside the accounts. */
  readonly deposit: bigint;
  /** Kind of node for reports. */
  readonly category: string;
  /**
   * In mode `supervised` one entry per supervisor in the order of `supervisors.keys`, empty where it
   * did not sign; none in mode `open`. Made with `signAdmission` (trust K5).
   */
  readonly signatures: readonly Bytes[];
}

/** Configuration a chain starts from. Its canonical encoding is hashed into the chain id. */
export interface GenesisConfig extends AdmissionRules {
  /** Name for people, 1 to 64 bytes. */
  readonly chainName: string;
  /** Time of genesis. */
  readonly timestamp: Millis;
  /** Least fee of a transaction in base units, at least `0n`. */
  readonly minimumFee: bigint;
  /** Trading balances at the start, in any order, each actor once. */
  readonly accounts: readonly { readonly actor: ActorId; readonly balance: bigint }[];
  /** Blocks that withdrawn deposits stay locked, 0 to 2^32; they stay slashable until they are paid out. */
  readonly unbondingBlocks: Height;
  /** Members, in the order of their index (trust K5). */
  readonly candidates: readonly GenesisCandidate[];
  /** Ballots at the start, each pair once, between members (trust F4). */
  readonly ballots: readonly { readonly from: ActorId; readonly to: ActorId; readonly weight: bigint }[];
  /** Canonical encoding of the eras and their configurations; opaque to the ledger. */
  readonly consensus: Bytes;
}

const CHAIN_ID_TAG = 'fiducia/ledger/genesis/1';
const NAME_BYTES_MAX = 64;
const LIST_MAX = 65_535;
const CONSENSUS_BYTES_MAX = 1_048_576;
const MODULE_BYTES_MAX = 16_777_216;
const MODULES_MAX = 255;

const genesisCodec = P.struct({
  tag: P.magic(textCodec(64), CHAIN_ID_TAG),
  chainName: textCodec(NAME_BYTES_MAX),
  timestamp: safeUintCodec,
  minimumFee: amountCodec,
  accounts: listCodec(P.struct({ actor: actorIdCodec, balance: amountCodec }), LIST_MAX),
  admission: P.map(P.U8, { open: 0, supervised: 1 }),
  supervisors: P.struct({ keys: listCodec(actorIdCodec, SUPERVISORS_MAX), threshold: P.U8 }),
  depositMin: amountCodec,
  unbondingBlocks: safeUintCodec,
  candidates: listCodec(
    P.struct({
      id: actorIdCodec,
      owner: actorIdCodec,
      deposit: amountCodec,
      category: textCodec(CATEGORY_BYTES_MAX),
      signatures: listCodec(signatureCodec, SUPERVISORS_MAX),
    }),
    LIST_MAX,
  ),
  ballots: listCodec(P.struct({ from: actorIdCodec, to: actorIdCodec, weight: amountCodec }), LIST_MAX),
  consensus: bytesCodec(CONSENSUS_BYTES_MAX),
  modules: listCodec(P.struct({ name: textCodec(32), genesis: bytesCodec(MODULE_BYTES_MAX) }), MODULES_MAX),
});

/**
 * Checks a genesis configuration.
 *
 * @returns The same configuration.
 * @throws {@link LedgerError} with `INVALID_GENESIS` and the path of the first wrong value.
 */
export function requireGenesis(genesis: GenesisConfig): GenesisConfig {
  const { supervisors } = genesis;
  require(genesis.chainName !== '', 'chainName', 'empty');
  requireText(genesis.chainName, NAME_BYTES_MAX, 'chainName');
  for (const path of ['accounts', 'candidates', 'ballots'] as const) {
    require(genesis[path].length <= LIST_MAX, path, `more than ${LIST_MAX}`);
  }
  requireAmount(genesis.minimumFee, 'minimumFee');
  require(isInteger(genesis.timestamp, Number.MAX_SAFE_INTEGER), 'timestamp', 'not a non-negative safe integer');
  require(isInteger(genesis.unbondingBlocks, 2 ** 32), 'unbondingBlocks', 'not an integer from 0 to 2^32');
  requireAmount(genesis.depositMin, 'depositMin');
  require(genesis.consensus.length <= CONSENSUS_BYTES_MAX, 'consensus', `longer than ${CONSENSUS_BYTES_MAX} bytes`);
  requireUnique(supervisors.keys, 'supervisors.keys');
  const least = genesis.admission === 'supervised' ? 1 : 0;
  const threshold = supervisors.threshold;
  const inRange = isInteger(threshold, supervisors.keys.length) && threshold >= least;
  require(inRange, 'supervisors.threshold', `not from ${least} to the number of keys`);
  require(supervisors.keys.length <= SUPERVISORS_MAX, 'supervisors.keys', `more than ${SUPERVISORS_MAX}`);
  requireFunds(genesis);
  requireCandidates(genesis);
  requireBallots(genesis);
  return genesis;
}

/** Canonical encoding of a genesis configuration with that of its modules; the order of accounts and ballots given does not matter. */
export function encodeGenesis(genesis: GenesisConfig, modules: readonly LedgerModule[]): Bytes {
  return genesisCodec.encode({
    ...genesis,
    accounts: sortedBy(genesis.accounts, ({ actor }) => actor),
    ballots: sortedBy(genesis.ballots, ({ from, to }) => `${from}/${to}`),
    candidates: genesis.candidates.map((candidate) => ({ ...candidate, signatures: [...candidate.signatures] })),
    supervisors: { keys: [...genesis.supervisors.keys], threshold: genesis.supervisors.threshold },
    modules: modules.map(({ name, genesisBytes }) => ({ name, genesis: genesisBytes ?? new Uint8Array() })),
  });
}

/**
 * Chain id: SHA-256 of the canonical genesis configuration, which includes the eras and the
 * configuration of every module (contract section 7).
 *
 * @param modules - Modules given to the ledger, in the same order.
 * @param hash - SHA-256. @default a portable one
 * @returns 32 bytes.
 * @throws {@link LedgerError} with `INVALID_GENESIS`.
 */
export function genesisChainId(
  genesis: GenesisConfig,
  modules: readonly LedgerModule[] = [],
  hash: HashFunction = sha256,
): Bytes {
  requireGenesis(genesis);
  require(modules.length <= MODULES_MAX, 'modules', `more than ${MODULES_MAX}`);
  for (const { name, genesisBytes } of modules) {
    const isShort = genesisBytes === undefined || genesisBytes.length <= MODULE_BYTES_MAX;
    require(isShort, `modules.${name}`, `longer than ${MODULE_BYTES_MAX} bytes`);
  }
  return hash(encodeGenesis(genesis, modules));
}

/** Ballots in the order in which genesis books them. */
export function ballotsInOrder(genesis: GenesisConfig): GenesisConfig['ballots'] {
  return sortedBy(genesis.ballots, ({ from, to }) => `${from}/${to}`);
}

function requireFunds(genesis: GenesisConfig): void {
  requireUnique(
    genesis.accounts.map(({ actor }) => actor),
    'accounts',
  );
  let total = 0n;
  for (const [index, { balance }] of genesis.accounts.entries()) {
    require(balance >= 0n, `accounts.${index}.balance`, 'negative');
    total += balance;
  }
  for (const { deposit } of genesis.candidates) total += deposit;
  require(total <= SUPPLY_MAX, 'accounts', 'more than 2^120 units in total');
}

function requireCandidates(genesis: GenesisConfig): void {
  requireUnique(
    genesis.candidates.map(({ id }) => id),
    'candidates',
  );
  for (const [index, candidate] of genesis.candidates.entries()) {
    const path = `candidates.${index}`;
    require(isActorId(candidate.owner), `${path}.owner`, 'not an actor id');
    requireText(candidate.category, CATEGORY_BYTES_MAX, `${path}.category`);
    for (const [at, { length }] of candidate.signatures.entries()) {
      require(length <= SIGNATURE_BYTES_MAX, `${path}.signatures.${at}`, `longer than ${SIGNATURE_BYTES_MAX} bytes`);
    }
    const code = checkApproval(genesis, { ...candidate, expiry: 0 });
    require(code === undefined, path, code ?? '');
  }
}

function requireBallots(genesis: GenesisConfig): void {
  const members = new Set(genesis.candidates.map(({ id }) => id));
  const seen = new Set<string>();
  for (const [index, { from, to, weight }] of genesis.ballots.entries()) {
    const path = `ballots.${index}`;
    require(from !== to, path, 'own ballot (trust F4)');
    require(members.has(from) && members.has(to), path, 'not between members');
    require(weight > 0n && weight <= SUPPLY_MAX, path, 'weight not 1 to 2^120');
    require(!seen.has(`${from}/${to}`), path, 'twice');
    seen.add(`${from}/${to}`);
  }
}

function requireUnique(ids: readonly ActorId[], path: string): void {
  const seen = new Set<ActorId>();
  for (const [index, id] of ids.entries()) {
    require(isActorId(id), `${path}.${index}`, 'not an actor id');
    require(!seen.has(id), `${path}.${index}`, 'twice');
    seen.add(id);
  }
}

function require(condition: boolean, path: string, reason: string): void {
  if (!condition) throw new LedgerError({ code: 'INVALID_GENESIS', path, reason });
}

/** Text with a lone surrogate has no form in UTF-8. */
function requireText(value: string, bytesMax: number, path: string): void {
  require(!/\p{Surrogate}/u.test(value), path, 'contains a lone surrogate');
  require(new TextEncoder().encode(value).length <= bytesMax, path, `longer than ${bytesMax} bytes`);
}

function requireAmount(value: bigint, path: string): void {
  require(value >= 0n && value <= SUPPLY_MAX, path, 'not 0 to 2^120');
}

function isInteger(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}

function sortedBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  // Actor ids are ASCII, so comparing characters compares bytes.
  return [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}
