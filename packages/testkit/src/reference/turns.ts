/**
 * Reference plugin that settles: validators take slots in turn.
 *
 * Small enough to be right by inspection. Plugins are switched to and from it (contract CK-12, CK-17), gadgets run
 * beside it, and the kit plants faults into it to see whether it notices them (contract CK-23).
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  CONTRACT_VERSION,
  type ConsensusEngine,
  ConsensusError,
  type ConsensusPlugin,
  type ConsensusRules,
  definePlugin,
  type Millis,
  reject,
  SEAL_DOMAIN,
  slotAt,
  slotStart,
  type Tip,
  type Validator,
} from '@fiducia/consensus';

/** Configuration of the reference plugin. */
export interface TurnsConfig {
  /** Duration of a slot in milliseconds, 100 to 3 600 000. */
  readonly slotMs: Millis;
  /**
   * Blocks after which the first member rests and the one that rested returns, 1 to 1 000 000, so that a gadget sees its
   * committee change; 0: all members take turns for ever. @defaultValue 0
   */
  readonly rotationBlocks?: number;
}

/** Its state after a block. */
export interface TurnsState {
  /** Slot of the block. */
  readonly slot: number;
  /** Who takes turns. */
  readonly members: readonly Validator[];
  /** Who does not at the moment: nobody, or one where members rotate. */
  readonly resting: readonly Validator[];
}

const SLOT_BYTES = 6;
const COUNT_BYTES = 2;
const WEIGHT_BYTES = 32;
const MEMBER_BYTES = 256;

/** Creates the plugin. */
export function referenceTurns(): ConsensusPlugin<TurnsConfig, TurnsState> {
  return definePlugin<TurnsConfig, TurnsState>({
    name: 'testkit-turns',
    version: '1.0.0',
    contract: CONTRACT_VERSION,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'settle',
      forks: true,
      faults: { kind: 'crash', numerator: 1, denominator: 2 },
    },
    requires: { facts: [], claims: ['signature'], directives: [], validators: true },
    parseConfig: parseTurnsConfig,
    createRules: createTurnsRules,
    createEngine: ({ slotMs }, _rules, { self }) => createTurnsEngine(slotMs, self),
  });
}

/** Checks a configuration. @throws {@link ConsensusError} with `INVALID_CONFIG`. */
export function parseTurnsConfig(raw: unknown): TurnsConfig {
  const { slotMs = 1_000, rotationBlocks = 0 } = (raw ?? {}) as Partial<TurnsConfig>;
  requireInteger('slotMs', slotMs, 100, 3_600_000);
  requireInteger('rotationBlocks', rotationBlocks, 0, 1_000_000);
  return { slotMs, rotationBlocks };
}

function requireInteger(path: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason: `must be an integer in [${min}, ${max}]` });
}

/** Whose turn a slot is. */
function memberAt({ members }: TurnsState, slot: number): Validator | undefined {
  return members[slot % members.length];
}

/** The pure half. */
export function createTurnsRules({ slotMs, rotationBlocks = 0 }: TurnsConfig): ConsensusRules<TurnsState> {
  return {
    codec: { encode: encodeTurnsState, decode: decodeTurnsState },
    finality: { kind: 'settle', depth: ({ members }) => members.length },
    initialState({ handover, parent }) {
      const all = handover.validators.filter(({ weight }) => weight > 0n).map(({ id, weight }) => ({ id, weight }));
      const active = rotationBlocks > 0 && all.length > 1 ? all.length - 1 : all.length;
      const slot = slotAt(parent.timestamp, slotMs);
      if (active > 0) return { slot, members: all.slice(0, active), resting: all.slice(active) };
      throw new ConsensusError({
        code: 'INVALID_HANDOVER',
        plugin: 'testkit-turns',
        reason: 'there are no validators',
      });
    },
    verifyHeader({ author: signer, timestamp, digest, sealHash: data, seal: signature }, { state }, now) {
      if (digest.length > 0) return reject('BAD_DIGEST');
      const slot = slotAt(timestamp, slotMs);
      if (slot <= state.slot) return reject('SLOT_NOT_INCREASING');
      if (memberAt(state, slot)?.id !== signer) return reject('WRONG_LEADER');
      const claims = [{ kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature }] as const;
      return timestamp > now ? { kind: 'defer', until: timestamp, claims } : { kind: 'accept', claims };
    },
    applyHeader({ members, resting }, { timestamp, height }) {
      const slot = slotAt(timestamp, slotMs);
      const isDue = resting.length > 0 && rotationBlocks > 0 && height % rotationBlocks === 0;
      if (!isDue) return { slot, members, resting };
      return { slot, members: [...members.slice(1), ...resting], resting: members.slice(0, 1) };
    },
    validators: ({ members }) => members,
    exportHandover: ({ members, resting }, { sealHash }) => {
      const validators = resting.length === 0 ? members : [...members, ...resting];
      return { validators, randomness: sealHash, extra: new Map() };
    },
    conflictKey(artefact) {
      if (artefact.kind === 'message') return undefined;
      return `${artefact.header.author}/${slotAt(artefact.header.timestamp, slotMs)}`;
    },
  };
}

/** The active half. */
export function createTurnsEngine(slotMs: Millis, self: string | null): ConsensusEngine<TurnsState> {
  let head: Tip<TurnsState> | undefined;
  let isBehind = true;
  const wait = (slot: number) => ({ kind: 'setTimer', timerId: 'slot', at: slotStart(slot, slotMs) }) as const;
  return {
    start(start, now) {
      head = start.head;
      isBehind = start.behind;
      return [wait(slotAt(now, slotMs) + 1)];
    },
    on(input, now) {
      if (input.kind === 'headChanged') head = input.head;
      if (input.kind === 'syncChanged') isBehind = input.behind;
      if (input.kind === 'blockBuilt' && input.header !== null) {
        const guard = { lane: 'seal', sequence: [slotAt(input.header.timestamp, slotMs)] };
        return [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'sign', guard } }];
      }
      if (input.kind !== 'timerElapsed' || head === undefined) return [];
      const slot = slotAt(now, slotMs);
      const timer = wait(slot + 1);
      if (isBehind || slot <= head.state.slot || memberAt(head.state, slot)?.id !== self) return [timer];
      const block = { parentId: head.header.id, timestamp: now, digest: new Uint8Array(), deadline: timer.at };
      return [timer, { kind: 'buildBlock', requestId: `slot/${slot}`, ...block }];
    },
  };
}

/** One chunk: the slot, the members, and who rests. */
export function encodeTurnsState({ slot, members, resting }: TurnsState): Iterable<Bytes> {
  const writer = new ByteWriter().uint(slot, SLOT_BYTES);
  for (const list of [members, resting]) {
    writer.uint(list.length, COUNT_BYTES);
    for (const { id, weight } of list) writer.text(id).bigint(weight);
  }
  return [writer.finish()];
}

/** @throws {@link ConsensusError} with `INVALID_ENCODING`. */
export function decodeTurnsState(chunks: Iterable<Bytes>): TurnsState {
  const [bytes = new Uint8Array(), ...more] = chunks;
  const invalid = (what: string): ConsensusError => new ConsensusError({ code: 'INVALID_ENCODING', what, offset: 0 });
  if (more.length > 0) throw invalid('second chunk');
  const reader = new ByteReader(bytes, 'state of turns');
  const slot = reader.uint(SLOT_BYTES);
  const members = readMembers(reader);
  const resting = readMembers(reader);
  reader.finish();
  const isEmpty = [...members, ...resting].some(({ weight }) => weight === 0n);
  if (members.length === 0 || resting.length > 1 || isEmpty) throw invalid('members of turns');
  return { slot, members, resting };
}

function readMembers(reader: ByteReader): readonly Validator[] {
  const members: Validator[] = [];
  // Room is made for what is there, not for what foreign bytes say is there.
  for (let left = reader.uint(COUNT_BYTES); left > 0; left--) {
    members.push({ id: reader.text(MEMBER_BYTES), weight: reader.bigint(WEIGHT_BYTES) });
  }
  return members;
}
