import { type Bytes, type Claim, isQuorum, MESSAGE_DOMAIN } from '@fiducia/consensus';
import type { State } from './state.ts';
import { decodeCertificate, encodeVote, type Signature, type Vote } from './vote.ts';

/** Whether these are more than two thirds of the validators, and nobody else. */
export function isQuorumOf(signatures: readonly Signature[], { validators }: State): boolean {
  const authors = new Set(signatures.map(({ author }) => author));
  const voters = validators.filter(({ id }) => authors.has(id));
  return voters.length === signatures.length && isQuorum(BigInt(voters.length), BigInt(validators.length));
}

/** What must hold for a certificate to show a quorum for `vote`; `undefined` if it cannot, whatever holds. */
export function claimsOf(certificate: Bytes, vote: Vote, state: State): readonly Claim[] | undefined {
  const signatures = decodeCertificate(certificate);
  if (signatures === undefined || !isQuorumOf(signatures, state)) return undefined;
  const data = encodeVote(vote);
  return signatures.map(({ author: signer, signature }) => {
    return { kind: 'signature', signer, domain: MESSAGE_DOMAIN, data, signature };
  });
}
