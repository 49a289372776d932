/**
 * Certificates that the engine offered to builders (effect `offerCertificate`).
 *
 * @module
 */
import { type Bytes, type Certificate, LIMITS } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import { pluginDefect } from '../era/guarded-rules.ts';
import type { TreeNode } from '../tree/block-tree.ts';

/** The newest four are kept. */
const CERTIFICATES_KEPT = 4;

/** Certificates waiting to be included. */
export class Certificates {
  readonly #context: HostContext;
  readonly #offered: Bytes[] = [];

  constructor(context: HostContext) {
    this.#context = context;
  }

  offer(certificate: Bytes): void {
    const { protocol } = this.#context.era;
    if (certificate.length > LIMITS.proofBytes) {
      throw pluginDefect(protocol, 'offerCertificate', 'certificate too long');
    }
    this.#offered.push(certificate);
    if (this.#offered.length > CERTIFICATES_KEPT) this.#offered.shift();
  }

  /** Those that a child of `parent` may include, oldest first. */
  select(parent: TreeNode): readonly Certificate[] {
    const { rules, protocol } = this.#context.era;
    return this.#offered
      .filter((data) => rules.verifyCertificate?.(data, parent.tip).kind === 'accept')
      .map((data) => ({ protocol, data }));
  }
}
