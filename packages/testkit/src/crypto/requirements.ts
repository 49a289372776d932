/**
 * What holds for keys, signatures, proofs and guards of every crypto port (contract H-27, section 7).
 *
 * @module
 */
import type { Bytes, Claim, Guard } from '@fiducia/consensus';
import type { SigningScope, SignResult } from '@fiducia/consensus/ports';
import { sha256, toHex } from '../inspect/hash.ts';
import { flipBit } from '../mutate.ts';
import type { CryptoTrial } from './subject.ts';

/** A requirement as the suite keeps it. */
export interface CryptoRequirement {
  readonly title: string;
  /** @returns Why it does not concern the port. */
  check(trial: CryptoTrial, require: (holds: boolean, what: string) => void): Promise<string | undefined>;
}

type SignatureClaim = Extract<Claim, { kind: 'signature' }>;
type VrfClaim = Extract<Claim, { kind: 'vrf' }>;

const SCOPE: SigningScope = { chainId: new Uint8Array(32).fill(7), era: 3, protocol: 'testkit@1' };
/** The same in every part but one. */
const OTHER_SCOPES: Readonly<Record<string, SigningScope>> = {
  'on another chain': { ...SCOPE, chainId: new Uint8Array(32).fill(8) },
  'in another era': { ...SCOPE, era: 4 },
  'under another major version': { ...SCOPE, protocol: 'testkit@2' },
  'under another protocol': { ...SCOPE, protocol: 'testkit-2@1' },
};
const DOMAIN = 'seal';
const NO_VRF = 'the port makes no claims of kind vrf';

/** All of them. */
export const CRYPTO_REQUIREMENTS: readonly CryptoRequirement[] = [
  { title: 'a signature holds where it was made, and nowhere else (contract section 7)', check: checkSignatureScope },
  { title: 'a signature with any change, or of somebody else, does not hold', check: checkSignatureChanges },
  {
    title: 'a VRF proof holds where it was made, for its input, and nowhere else (contract section 7)',
    check: checkVrf,
  },
  { title: 'of several claims one that does not hold is named', check: checkBatch },
  { title: 'claims full of junk are invalid, and reject nothing', check: checkJunk },
  { title: 'the guard signs no two things for one place (contract H-27)', check: checkGuardPlaces },
  { title: 'the guard goes neither back nor below a floor (contract H-27)', check: checkGuardOrder },
  { title: 'the hash is SHA-256', check: checkHash },
];

async function checkSignatureScope(trial: CryptoTrial, require: Require): Promise<undefined> {
  const claim = await signed(trial);
  require(await holds(trial, SCOPE, claim), 'the claim of a signature that was just made does not hold');
  for (const [where, scope] of Object.entries(OTHER_SCOPES)) {
    require(!(await holds(trial, scope, claim)), `a signature also holds ${where}`);
  }
  const relabelled = { ...claim, domain: 'message' };
  require(!(await holds(trial, SCOPE, relabelled)), 'a signature also holds under another label');
}

async function checkSignatureChanges(trial: CryptoTrial, require: Require): Promise<undefined> {
  const claim = await signed(trial);
  const { signature, data } = claim;
  const others: readonly (readonly [string, SignatureClaim])[] = [
    ...Array.from({ length: signature.length }, (_, byte) => {
      const changed = { ...claim, signature: flipBit(signature, byte * 8 + (byte % 8)) };
      return [`a signature with byte ${byte} changed`, changed] as const;
    }),
    ['an empty signature', { ...claim, signature: new Uint8Array() }],
    ['a signature that was cut', { ...claim, signature: signature.slice(0, -1) }],
    ['a longer signature', { ...claim, signature: Uint8Array.of(...signature, 0) }],
    ['a signature over other data', { ...claim, data: flipBit(data, 0) }],
    ['the signature of somebody else', { ...claim, signer: trial.signers[1].self }],
    ['a signature with the key of somebody else', { ...claim, publicKey: trial.signers[1].publicKey }],
  ];
  for (const [what, changed] of others) require(!(await holds(trial, SCOPE, changed)), `${what} holds`);
}

async function checkVrf(trial: CryptoTrial, require: Require): Promise<string | undefined> {
  if (!trial.crypto.supports.has('vrf')) return NO_VRF;
  const [{ self: actor, vrfPublicKey: publicKey }, other] = trial.signers;
  const alpha = Uint8Array.of(1, 2, 3);
  const proved = await trial.signers[0].proveVrf(SCOPE, alpha);
  const claim: VrfClaim = { kind: 'vrf', actor, publicKey, alpha, ...proved };
  require(await holds(trial, SCOPE, claim), 'the claim of a proof that was just made does not hold');
  const again = await trial.signers[0].proveVrf(SCOPE, alpha);
  require(toHex(again.output) === toHex(proved.output), 'one input has two outputs: an author could choose');
  for (const [where, scope] of Object.entries(OTHER_SCOPES)) {
    require(!(await holds(trial, scope, claim)), `a proof also holds ${where}`);
  }
  const changes: Readonly<Record<string, VrfClaim>> = {
    'another input': { ...claim, alpha: flipBit(alpha, 0) },
    'another output': { ...claim, output: flipBit(claim.output, 0) },
    'another proof': { ...claim, proof: flipBit(claim.proof, 0) },
    'the key of somebody else': { ...claim, publicKey: other.vrfPublicKey },
  };
  for (const [what, changed] of Object.entries(changes)) {
    require(!(await holds(trial, SCOPE, changed)), `a proof also holds with ${what}`);
  }
  return undefined;
}

async function checkBatch(trial: CryptoTrial, require: Require): Promise<undefined> {
  const claim = await signed(trial);
  const wrong = { ...claim, data: flipBit(claim.data, 3) };
  require((await trial.crypto.verify(SCOPE, [])).kind === 'valid', 'no claims at all do not hold');
  for (const at of [0, 1, 4]) {
    const claims = Array.from({ length: 5 }, (_, index) => (index === at ? wrong : claim));
    const result = await trial.crypto.verify(SCOPE, claims);
    const isNamed = result.kind === 'invalid' && result.index === at && /^[A-Z][A-Z0-9_]*$/.test(result.code);
    require(isNamed, `of five claims number ${at} does not hold, and the answer is ${JSON.stringify(result)}`);
  }
}

async function checkJunk(trial: CryptoTrial, require: Require): Promise<undefined> {
  const parts: readonly Bytes[] = [
    new Uint8Array(),
    Uint8Array.of(0),
    new Uint8Array(33).fill(2),
    new Uint8Array(97).fill(255),
  ];
  for (const bytes of parts) {
    const claims: readonly Claim[] = [
      { kind: 'signature', signer: 'nobody', domain: DOMAIN, data: bytes, signature: bytes },
      { kind: 'signature', signer: trial.signers[0].self, domain: '', data: bytes, signature: bytes, publicKey: bytes },
      { kind: 'vrf', actor: 'nobody', publicKey: bytes, alpha: bytes, output: bytes, proof: bytes },
      { kind: 'custom', id: 'testkit/nothing', data: bytes },
    ];
    for (const claim of claims) {
      require(!(await holds(
        trial,
        SCOPE,
        claim,
      )), `a claim of kind ${claim.kind} of ${bytes.length} equal bytes holds`);
    }
  }
}

async function checkGuardPlaces(trial: CryptoTrial, require: Require): Promise<undefined> {
  const first = await sign(trial, 1, { sequence: [5] });
  require(first.kind === 'signed', `a first request is ${first.kind}`);
  const again = await sign(trial, 1, { sequence: [5] });
  const isSame =
    first.kind === 'signed' && again.kind === 'signed' && toHex(again.signature) === toHex(first.signature);
  require(isSame, 'the same bytes for the same place are not answered with the recorded signature');
  const other = await sign(trial, 2, { sequence: [5] });
  require(other.kind === 'conflict', `other bytes for the same place are ${other.kind}`);
  require(other.kind === 'conflict' &&
    toHex(other.data) === toHex(dataOf(1)), 'the conflict does not say what was signed');
  const elsewhere = await sign(trial, 2, { lane: 'vote', sequence: [5] });
  require(elsewhere.kind === 'signed', 'one lane guards another');
}

async function checkGuardOrder(trial: CryptoTrial, require: Require): Promise<undefined> {
  const floors = { source: 2 };
  await sign(trial, 1, { sequence: [5, 1], floors });
  const refusals: Readonly<Record<string, Partial<Guard>>> = {
    'a lower sequence': { sequence: [4, 9], floors },
    'a lower second element': { sequence: [5, 0], floors },
    'a lower floor': { sequence: [6], floors: { source: 1 } },
  };
  for (const [what, guard] of Object.entries(refusals)) {
    const { kind } = await sign(trial, 2, guard);
    require(kind === 'refused', `${what} is ${kind}`);
  }
  const { kind } = await sign(trial, 2, { sequence: [6], floors });
  require(kind === 'signed', `a higher sequence with the same floor is ${kind}`);
}

async function checkHash({ crypto }: CryptoTrial, require: Require): Promise<undefined> {
  for (const data of [new Uint8Array(), Uint8Array.of(1), new Uint8Array(200).fill(9)]) {
    require(toHex(crypto.sha256(data)) === toHex(sha256(data)), `${data.length} bytes have another hash`);
  }
}

type Require = Parameters<CryptoRequirement['check']>[1];

function dataOf(number: number): Bytes {
  return new Uint8Array(32).fill(number);
}

async function sign({ signers: [signer] }: CryptoTrial, number: number, guard: Partial<Guard>): Promise<SignResult> {
  const place: Guard = { lane: 'seal', sequence: [1], ...guard };
  return signer.sign({ scope: SCOPE, domain: DOMAIN, data: dataOf(number), guard: place });
}

async function signed({ signers: [signer] }: CryptoTrial): Promise<SignatureClaim> {
  const data = dataOf(1);
  const result = await signer.sign({ scope: SCOPE, domain: DOMAIN, data });
  const signature = result.kind === 'signed' ? result.signature : new Uint8Array();
  return { kind: 'signature', signer: signer.self, domain: DOMAIN, data, signature };
}

async function holds({ crypto }: CryptoTrial, scope: SigningScope, claim: Claim): Promise<boolean> {
  return (await crypto.verify(scope, [claim])).kind === 'valid';
}
