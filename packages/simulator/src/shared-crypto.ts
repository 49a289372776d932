/**
 * Real cryptography that the nodes of one simulation share.
 *
 * @module
 */
import type { Claim } from '@fiducia/consensus';
import type { ClaimsResult, CryptoPort, SigningScope } from '@fiducia/consensus/ports';
import { KnownClaims } from './known-claims.ts';
import { createRecall } from './recall.ts';

/**
 * Makes a crypto port check a claim once for all nodes of a simulation, and remember what they all decode alike. Both
 * are pure functions, so it changes the time that a run takes and nothing else (simulation E5).
 *
 * @returns The same port with another `verify` and a `recall`.
 * @example
 * ```ts
 * const crypto = withSharedResults(await createCrypto());
 * ```
 */
export function withSharedResults<Port extends CryptoPort>(crypto: Port): Port {
  const known = new KnownClaims();
  const remember = (scope: SigningScope, claims: readonly Claim[], { kind }: ClaimsResult): void => {
    if (kind === 'valid') for (const claim of claims) known.add(scope, claim);
  };
  const verify: CryptoPort['verify'] = (scope, claims) => {
    if (claims.every((claim) => known.has(scope, claim))) return Promise.resolve<ClaimsResult>({ kind: 'valid' });
    const verdict = crypto.verify(scope, claims);
    const keep = (result: ClaimsResult): void => remember(scope, claims, result);
    // The promise itself goes back: one around it would answer later, and whoever asked would act in another order.
    if (verdict instanceof Promise) verdict.then(keep, () => undefined);
    else keep(verdict);
    return verdict;
  };
  return { ...crypto, recall: createRecall(), verify };
}
