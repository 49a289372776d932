/**
 * States of consensus after blocks, computed once more from genesis by rules that no node ever used.
 *
 * It follows the contract and not the host: no retention, no checkpoints, no order but parents before children.
 *
 * @module
 */
import type {
  BlockId,
  Bytes,
  ConsensusHeader,
  Evidence,
  Fact,
  Handover,
  HashFunction,
  Tip,
  Validator,
} from '@fiducia/consensus';
import type { JudgedBlock, World } from '../run/world.ts';
import { createFreshEras, eraAt, type FreshEra, type FreshProtocol, protocolsOf } from './protocols.ts';

/** What the protocols of an era know after a block. */
export interface FreshTips {
  readonly era: FreshEra;
  readonly tip: Tip<unknown>;
  readonly gadget: Tip<unknown> | null;
}

/** A block of the tree. */
export interface FreshNode extends FreshTips {
  readonly parent: FreshNode | null;
  /** What the ledger said about it. */
  readonly answer: LedgerAnswer;
  /** At the last block of an era: what the next one starts from. */
  readonly opening: FreshTips | null;
}

/** What a ledger says about a block. */
export interface LedgerAnswer {
  readonly facts: readonly Fact[];
  /** At the last block of an era: all that its successor wants to know. */
  readonly census?: Iterable<Fact>;
}

/** Blocks with their states. */
export class FreshTree {
  readonly eras: readonly FreshEra[];
  readonly genesis: FreshNode;
  readonly #nodes = new Map<BlockId, FreshNode>();
  readonly #weightOf: ((block: JudgedBlock) => bigint) | undefined;

  private constructor(world: World, eras: readonly FreshEra[], genesis: ConsensusHeader, census: Iterable<Fact>) {
    this.eras = eras;
    this.#weightOf = world.oracle?.weightOf;
    const { chainId } = eraAt(eras, 0).production.scope;
    const handover: Handover = { validators: world.genesisValidators, randomness: chainId, extra: new Map() };
    this.genesis = {
      ...open(eraAt(eras, 0), genesis, handover, census),
      parent: null,
      answer: { facts: [] },
      opening: null,
    };
    this.#nodes.set(genesis.id, this.genesis);
  }

  /** Makes a tree that knows genesis alone. */
  static async create(world: World): Promise<FreshTree> {
    const eras = createFreshEras(world);
    const ledger = world.createLedger();
    const stored = await ledger.read({ kind: 'genesis' });
    if (stored === null) throw new TypeError('a ledger without genesis');
    const census = censusKinds(eraAt(eras, 0), ledger.provides);
    const executed = await ledger.execute(stored.block, { directives: [], census });
    if (executed.kind !== 'executed') throw new TypeError('genesis cannot be executed');
    return new FreshTree(world, eras, stored.block.header, executed.census ?? []);
  }

  /** All blocks, parents before children. */
  nodes(): Iterable<FreshNode> {
    return this.#nodes.values();
  }

  get(id: BlockId): FreshNode | undefined {
    return this.#nodes.get(id);
  }

  /** What a child of `node` builds on. */
  groundFor(node: FreshNode): FreshTips {
    return node.opening ?? node;
  }

  /**
   * Adds a block whose parent is known.
   * @returns `undefined` if its parent is not known, or nobody told what the era behind it starts from.
   */
  add(header: ConsensusHeader, { facts, census }: LedgerAnswer): FreshNode | undefined {
    const known = this.#nodes.get(header.id);
    const parent = this.#nodes.get(header.parentId);
    if (known !== undefined || parent === undefined) return known;
    const ground = this.groundFor(parent);
    const { era } = ground;
    const next = eraAt(this.eras, header.height + 1);
    if (next !== era && census === undefined) return undefined;

    const tips = this.#apply(ground, parent, header, facts);
    const opening = next === era ? null : open(next, header, handoverAfter(tips), census ?? []);
    const node: FreshNode = { ...tips, parent, answer: { facts, ...(census && { census }) }, opening };
    this.#nodes.set(header.id, node);
    return node;
  }

  /** A block as an oracle judges it. */
  judged(header: ConsensusHeader, parent: FreshNode): JudgedBlock {
    return {
      header,
      parent: this.groundFor(parent).tip,
      ancestorAt(height) {
        let node: FreshNode | null = parent;
        while (node !== null && node.tip.header.height > height) node = node.parent;
        return node?.tip.header.height === height ? node.tip.header : undefined;
      },
    };
  }

  #apply(ground: FreshTips, parent: FreshNode, header: ConsensusHeader, facts: readonly Fact[]): FreshTips {
    const { era } = ground;
    const { production, gadget } = era;
    const weight = this.#weightOf?.(this.judged(header, parent));
    const tip = applyWith(production, ground.tip, header, facts, weight);
    if (gadget === null || ground.gadget === null) return { era, tip, gadget: null };
    const validators = production.rules.validators(tip.state);
    const told = facts.filter(({ kind }) => kind !== 'validators');
    if (describe(validators) !== describe(production.rules.validators(ground.tip.state))) {
      told.push({ kind: 'validators', validators });
    }
    return { era, tip, gadget: applyWith(gadget, ground.gadget, header, told, undefined) };
  }
}

/** Kinds of facts that a ledger is asked to list for an era. */
export function censusKinds(era: FreshEra, provides: ReadonlySet<Fact['kind']>): readonly Fact['kind'][] {
  const wanted = new Set(protocolsOf(era).flatMap(({ facts }) => [...facts]));
  return [...wanted].filter((kind) => provides.has(kind));
}

/** SHA-256 of the canonical encoding of the production state after a block. */
export function consensusRootOf({ era, tip }: FreshTips, sha256: HashFunction): Bytes {
  return rootOf(era.production, tip, sha256);
}

/** The same of the gadget; `null` where there is none. */
export function gadgetRootOf({ era, gadget }: FreshTips, sha256: HashFunction): Bytes | null {
  return era.gadget === null || gadget === null ? null : rootOf(era.gadget, gadget, sha256);
}

function rootOf({ rules }: FreshProtocol, { state }: Tip<unknown>, sha256: HashFunction): Bytes {
  const chunks = [...rules.codec.encode(state)];
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return sha256(whole);
}

/** Evidence that one protocol of an era answers for (contract, section 4, step 6). */
export function chargedBy(era: FreshEra, active: FreshProtocol, evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ protocol }) => (protocol === era.gadget?.protocol) === (active === era.gadget));
}

/** What one protocol of an era knows. */
export function tipOf(tips: FreshTips, active: FreshProtocol): Tip<unknown> {
  return active === tips.era.gadget && tips.gadget !== null ? tips.gadget : tips.tip;
}

function open(era: FreshEra, parent: ConsensusHeader, handover: Handover, census: Iterable<Fact>): FreshTips {
  const all = [...census];
  const start = ({ rules, facts }: FreshProtocol, validators: readonly Validator[]): Tip<unknown> => {
    const own = all.filter(({ kind }) => facts.has(kind));
    const state = rules.initialState({ era: era.index, parent, handover: { ...handover, validators }, census: own });
    return { header: parent, state, totalWeight: 0n };
  };
  const tip = start(era.production, handover.validators);
  if (era.gadget === null) return { era, tip, gadget: null };
  const elected = era.production.rules.validators(tip.state);
  return { era, tip, gadget: start(era.gadget, elected.length > 0 ? elected : handover.validators) };
}

function handoverAfter({ era, tip, gadget }: FreshTips): Handover {
  const handover = era.production.rules.exportHandover(tip.state, tip.header);
  if (era.gadget === null || gadget === null) return handover;
  const { extra } = era.gadget.rules.exportHandover(gadget.state, tip.header);
  return { ...handover, extra: new Map([...extra, ...handover.extra]) };
}

function applyWith(
  { rules, facts: wanted }: FreshProtocol,
  { state, totalWeight }: Tip<unknown>,
  header: ConsensusHeader,
  facts: readonly Fact[],
  weight: bigint | undefined,
): Tip<unknown> {
  const own = facts.filter(({ kind }) => wanted.has(kind));
  const added = weight ?? rules.branchWeight?.(state, header) ?? 1n;
  return { header, state: rules.applyHeader(state, header, own), totalWeight: totalWeight + added };
}

function describe(validators: readonly Validator[]): string {
  return validators.map(({ id, weight, publicKey }) => `${id} ${weight} ${publicKey?.join() ?? ''}`).join('\n');
}
