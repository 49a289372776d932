/**
 * I5: no honest key signs two conflicting votes, headers or messages.
 *
 * @see docs/spec/simulation.md, section 7, I5.
 * @module
 */
import {
  type ActorId,
  type Artefact,
  type Bytes,
  type Claim,
  type ConsensusHeader,
  compareBytes,
  MESSAGE_DOMAIN,
  SEAL_DOMAIN,
  type SignedMessage,
} from '@fiducia/consensus';
import type { Ledger } from '@fiducia/ledger';
import type { CreateChecker } from './checker.ts';
import { createFreshEras, eraAt, type FreshEra, type FreshProtocol, protocolsOf } from './protocols.ts';
import { readEvidence, readMessage, readProvenBlock, readSignedMessage } from './wire.ts';

/** Anybody can put a foreign name under a message, so more than two different ones may have one key at an instant. */
const SIGHTINGS_PER_KEY_MAX = 16;

/** Something that claims to be signed by an honest key. */
interface Sighting {
  readonly author: ActorId;
  readonly signed: Bytes;
  readonly claim: Claim;
  readonly active: FreshProtocol;
  readonly what: string;
}

/** Reads all that leaves any node, and whatever honest nodes import. */
export const checkDoubleSigns: CreateChecker = ({ world, broken }) => {
  const ledger = world.createLedger();
  const eras = createFreshEras(world);
  const book = new SightingBook(async ({ active, claim }) => {
    return (await world.crypto.verify(active.scope, [claim])).kind === 'valid';
  }, broken);
  let honest: ReadonlySet<ActorId> = new Set();

  const see = (active: FreshProtocol | undefined, artefact: Artefact): void => {
    if (active === undefined || !honest.has(authorOf(artefact))) return;
    const key = active.rules.conflictKey?.(artefact);
    if (key !== undefined)
      book.enter(`${active.scope.era}/${active.protocol}/${artefact.kind}/${key}`, sight(active, artefact));
  };
  const stop = world.simulation.onSend(({ channel, bytes }) => {
    for (const [active, artefact] of readArtefacts(channel, bytes, ledger, eras)) see(active, artefact);
  });

  return {
    watch({ isHonest, host }) {
      honest = new Set(world.nodes.flatMap((node) => (node.isHonest && node.actorId !== null ? [node.actorId] : [])));
      if (!isHonest) return;
      // Answers to questions do not pass by as messages.
      host.events.on('blockImported', ({ header }) =>
        see(eraAt(eras, header.height).production, { kind: 'header', header }),
      );
    },
    async finish() {
      stop();
      await book.idle();
    },
  };
};

/** First things seen under each key; signatures are checked once two differ. */
class SightingBook {
  readonly #sightings = new Map<string, Sighting[]>();
  readonly #isAuthentic: (sighting: Sighting) => Promise<boolean>;
  readonly #broken: (node: null, reason: string) => void;
  readonly #convicted = new Set<string>();
  #checks: Promise<void> = Promise.resolve();

  constructor(isAuthentic: (sighting: Sighting) => Promise<boolean>, broken: (node: null, reason: string) => void) {
    this.#isAuthentic = isAuthentic;
    this.#broken = broken;
  }

  enter(key: string, sighting: Sighting): void {
    const seen = this.#sightings.get(key);
    if (seen === undefined) {
      this.#sightings.set(key, [sighting]);
      return;
    }
    if (seen.length >= SIGHTINGS_PER_KEY_MAX || this.#convicted.has(key)) return;
    if (seen.some(({ claim }) => isSame(claim, sighting.claim))) return;
    seen.push(sighting);
    this.#checks = this.#checks.then(() => this.#judge(key, seen));
  }

  async idle(): Promise<void> {
    await this.#checks;
  }

  async #judge(key: string, seen: Sighting[]): Promise<void> {
    if (this.#convicted.has(key)) return;
    for (const sighting of [...seen]) {
      // What is forged must not take the room of what is signed.
      if (!(await this.#isAuthentic(sighting))) seen.splice(seen.indexOf(sighting), 1);
    }
    const [first] = seen;
    const second = seen.find(({ signed }) => first !== undefined && compareBytes(signed, first.signed) !== 0);
    if (first === undefined || second === undefined) return;
    this.#convicted.add(key);
    this.#broken(null, `${first.author} signed ${first.what} and ${second.what} for ${key}`);
  }
}

function* readArtefacts(
  channel: string,
  bytes: Bytes,
  ledger: Ledger,
  eras: readonly FreshEra[],
): Iterable<readonly [FreshProtocol | undefined, Artefact]> {
  const find = (era: number, protocol: string): FreshProtocol | undefined => {
    const found = eras[era];
    return found && protocolsOf(found).find((active) => active.protocol === protocol);
  };
  const header = (block: Bytes | undefined, part: 'block' | 'header') => {
    const decoded = block === undefined || block.length === 0 ? undefined : ledger.decode(block, part)?.header;
    return decoded === undefined ? [] : [asHeader(decoded, eras)];
  };
  switch (channel) {
    case 'blocks':
      yield* header(bytes, 'block');
      return;
    case 'provenBlocks':
      yield* header(readProvenBlock(bytes)?.block, 'block');
      return;
    case 'messages': {
      const travelling = readMessage(bytes);
      if (travelling === undefined) return;
      yield [find(travelling.era, travelling.protocol), { kind: 'message', message: travelling.message }];
      yield* header(travelling.block, 'block');
      return;
    }
    case 'evidence': {
      const evidence = readEvidence(bytes);
      if (evidence?.kind === 'invalidHeader') yield* header(evidence.header, 'header');
      if (evidence?.kind !== 'equivocation') return;
      for (const part of [evidence.first, evidence.second]) {
        if (evidence.subject === 'header') yield* header(part, 'header');
        const message = evidence.subject === 'message' ? readSignedMessage(part) : undefined;
        if (message !== undefined) yield [find(evidence.era, evidence.protocol), { kind: 'message', message }];
      }
    }
  }
}

function asHeader(header: ConsensusHeader, eras: readonly FreshEra[]): readonly [FreshProtocol, Artefact] {
  return [eraAt(eras, header.height).production, { kind: 'header', header }];
}

function authorOf(artefact: Artefact): ActorId {
  return artefact.kind === 'header' ? artefact.header.author : artefact.message.author;
}

function sight(active: FreshProtocol, artefact: Artefact): Sighting {
  const author = authorOf(artefact);
  if (artefact.kind === 'header') {
    const { id, sealHash, seal } = artefact.header;
    const what = `block ${id}`;
    return { author, active, what, signed: sealHash, claim: claimOf(author, SEAL_DOMAIN, sealHash, seal) };
  }
  const { payload, signature }: SignedMessage = artefact.message;
  const what = `message ${Array.from(payload.subarray(0, 24), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  return { author, active, what, signed: payload, claim: claimOf(author, MESSAGE_DOMAIN, payload, signature) };
}

function claimOf(signer: ActorId, domain: string, data: Bytes, signature: Bytes): Claim {
  return { kind: 'signature', signer, domain, data, signature };
}

function isSame(a: Claim, b: Claim): boolean {
  if (a.kind !== 'signature' || b.kind !== 'signature') return false;
  return compareBytes(a.data, b.data) === 0 && compareBytes(a.signature, b.signature) === 0;
}
