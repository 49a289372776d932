/**
 * What must hold while twins try to split a network, checked from outside (simulation I1, I2, I5, I10, I12).
 *
 * @module
 */
import {
  type ActorId,
  type BlockId,
  type Bytes,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  type Height,
  MESSAGE_DOMAIN,
  type Millis,
} from '@fiducia/consensus';
import type { SignerPort, SignRequest } from '@fiducia/consensus/ports';
import type { ConsensusHost } from '@fiducia/host';

/** A rule that did not hold in a run of twins. */
export interface TwinsViolation {
  /** Which invariant of simulation section 7. */
  readonly invariant: 'I1' | 'I2' | 'I5' | 'I6' | 'I10' | 'I12';
  /** Where it was seen. */
  readonly node: string;
  /** When. */
  readonly at: Millis;
  /** What was seen. */
  readonly reason: string;
}

/** Watches the honest nodes of one run. */
export class TwinsChecks {
  readonly violations: TwinsViolation[] = [];
  readonly #now: () => Millis;
  readonly #rules: readonly Pick<ConsensusRules<unknown>, 'conflictKey'>[];
  /** The only block that may be final at a height, whoever says so first. */
  readonly #final = new Map<Height, BlockId>();
  readonly #lastFinal = new Map<string, ConsensusHeader>();
  readonly #signed = new Map<string, Bytes>();
  /** What honest nodes know after a block, by block and protocol. */
  readonly #roots = new Map<string, Bytes>();
  readonly #offenders = new Set<ActorId>();
  #offences = 0;

  /** @param rules - Say what contradicts what. */
  constructor(now: () => Millis, rules: readonly Pick<ConsensusRules<unknown>, 'conflictKey'>[]) {
    this.#now = now;
    this.#rules = rules;
  }

  /** Evidence that honest nodes found against nodes that do run twice. */
  get offences(): number {
    return this.#offences;
  }

  /** Whom those are against, and what valid blocks bring. */
  get offenders(): ReadonlySet<ActorId> {
    return this.#offenders;
  }

  finalHeightOf(node: string): Height {
    return this.#lastFinal.get(node)?.height ?? 0;
  }

  get finalHeightMax(): Height {
    return Math.max(0, ...this.#final.keys());
  }

  /** Watches one honest node, which has to be started afterwards. */
  watch(node: string, host: ConsensusHost, isHonest: (actor: ActorId) => boolean): void {
    host.events.on('finalized', ({ header }) => this.#onFinal(node, host, header));
    host.events.on('finalityConflict', () => this.report('I1', node, 'two final blocks exclude each other'));
    const accuse = (offender: ActorId): void => {
      if (isHonest(offender)) this.report('I6', node, `${offender} is accused, and runs once`);
      else this.#offenders.add(offender);
    };
    host.events.on('evidenceFound', ({ evidence: { offender } }) => {
      accuse(offender);
      if (!isHonest(offender)) this.#offences += 1;
    });
    // What a block brings is verified with it, and found by nobody again.
    host.events.on('blockImported', ({ facts }) => {
      for (const fact of facts) if (fact.kind === 'evidence') accuse(fact.evidence.offender);
    });
  }

  /** The key of an honest node, which must not sign two things for one place. */
  watchSigner(node: string, signer: SignerPort): SignerPort {
    return {
      self: signer.self,
      publicKey: signer.publicKey,
      vrfPublicKey: signer.vrfPublicKey,
      sign: async (request) => {
        const result = await signer.sign(request);
        if (result.kind === 'signed') this.#onSigned(node, signer.self, request);
        return result;
      },
      proveVrf: (scope, alpha) => signer.proveVrf(scope, alpha),
    };
  }

  /** What an honest node knows after a block, which is the same everywhere. */
  compareState(node: string, what: string, id: BlockId, root: Bytes): void {
    const key = `${what}/${id}`;
    const known = this.#roots.get(key);
    if (known === undefined) this.#roots.set(key, root);
    else if (compareBytes(known, root) !== 0) this.report('I12', node, `has another ${what} after ${id} than others`);
  }

  report(invariant: TwinsViolation['invariant'], node: string, reason: string): void {
    this.violations.push({ invariant, node, at: this.#now(), reason });
  }

  #onFinal(node: string, host: ConsensusHost, header: ConsensusHeader): void {
    const last = this.#lastFinal.get(node);
    if (last !== undefined && header.height < last.height) {
      this.report('I2', node, `final height fell from ${last.height} to ${header.height}`);
      return;
    }
    this.#lastFinal.set(node, header);
    let at: ConsensusHeader | undefined = header;
    while (at !== undefined && at.height > (last?.height ?? 0)) {
      const other = this.#final.get(at.height);
      if (other !== undefined && other !== at.id) {
        this.report('I1', node, `${at.id} is final at height ${at.height}, and so is ${other}`);
      }
      this.#final.set(at.height, at.id);
      at = host.tipOf(at.parentId)?.header;
    }
    if (last !== undefined && at !== undefined && at.id !== last.id) {
      this.report('I2', node, `final block moved sideways from ${last.id} to ${at.id}`);
    }
  }

  /** Messages by what the rules call a conflict; seals, of which only a hash is signed, by their guard. */
  #onSigned(node: string, author: ActorId, { domain, data, guard, scope }: SignRequest): void {
    const message = { author, payload: data, signature: EMPTY };
    const places =
      domain === MESSAGE_DOMAIN
        ? this.#rules.map(({ conflictKey }) => conflictKey?.({ kind: 'message', message }))
        : [guard && `${guard.lane}/${guard.sequence.join()}`];
    for (const place of places) {
      if (place === undefined) continue;
      const key = `${scope.protocol}/${domain}/${author}/${place}`;
      const earlier = this.#signed.get(key);
      if (earlier === undefined) this.#signed.set(key, data);
      else if (compareBytes(earlier, data) !== 0) this.report('I5', node, `signed twice for ${place}`);
    }
  }
}

const EMPTY: Bytes = new Uint8Array();
