/**
 * Certificates that engines offered to builders (effect `offerCertificate`).
 *
 * @module
 */
import { type BufferUsage, type Bytes, type Certificate, LIMITS } from '@fiducia/consensus';
import { pluginDefect } from '../era/guarded-rules.ts';
import { type ActiveEra, type ActivePlugin, tipFor } from '../era/schedule.ts';
import { groundOf, type TreeNode } from '../tree/block-tree.ts';
import { largest } from '../usage.ts';

/** The newest four of each protocol are kept. */
const CERTIFICATES_KEPT = 4;

const NONE: readonly Certificate[] = [];

/** Certificates waiting to be included. */
export class Certificates {
  readonly #offered = new Map<ActivePlugin, Bytes[]>();

  offer(active: ActivePlugin, certificate: Bytes): void {
    if (certificate.length > LIMITS.proofBytes) {
      throw pluginDefect(active.protocol, 'offerCertificate', 'certificate too long');
    }
    const offered = this.#offered.get(active) ?? [];
    this.#offered.set(active, offered);
    offered.push(certificate);
    if (offered.length > CERTIFICATES_KEPT) offered.shift();
  }

  usage(): readonly BufferUsage[] {
    const count = largest([...this.#offered.values()].map(({ length }) => length));
    return [{ name: 'certificatesPerProtocol', count, max: CERTIFICATES_KEPT }];
  }

  /** Those that a child of `parent` may include, production first, oldest first. */
  select(era: ActiveEra, parent: TreeNode): readonly Certificate[] {
    if (this.#offered.size === 0) return NONE;
    const ground = groundOf(parent);
    const accepted = era.plugins.flatMap((active) =>
      (this.#offered.get(active) ?? [])
        .filter((data) => active.rules.verifyCertificate?.(data, tipFor(ground, active)).kind === 'accept')
        .map((data) => ({ protocol: active.protocol, data })),
    );
    return accepted.slice(-LIMITS.certificatesPerBlock);
  }

  /** Forgets what the engines of an era offered. */
  clear(): void {
    this.#offered.clear();
  }
}
