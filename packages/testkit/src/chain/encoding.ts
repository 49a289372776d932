/**
 * Blocks as bytes: one encoding for each, total decoding, and seals.
 *
 * @module
 */
import { LIMITS } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { createRandomStream } from '@fiducia/simulator';
import { describeThrown } from '../describe.ts';
import { fingerprint } from '../inspect/fingerprint.ts';
import { sha256 } from '../inspect/hash.ts';
import { flipBit } from '../mutate.ts';
import { type Made, type Requirement, type Trial, textOf } from './trial.ts';

const PARTS = ['block', 'header'] as const;
const JUNK_COUNT = 300;
const JUNK_BYTES_MAX = 600;
const CODE = /^[A-Z][A-Z0-9_]*$/;

/** Requirements on bytes. */
export const ENCODING_REQUIREMENTS: readonly Requirement[] = [
  { title: 'decodes what it made, as a block and as a header alone', check: checkRoundTrip },
  { title: 'takes no junk, nothing cut and nothing longer, and throws at none (contract section 8)', check: checkJunk },
  {
    title: 'has one encoding for a block, one body for an id, and signs all of the header but the seal',
    check: checkFlips,
  },
  {
    title: 'attaches seals of every length, which change neither the block given nor its seal hash',
    check: checkSeals,
  },
];

async function checkRoundTrip(trial: Trial): Promise<void> {
  const { require } = trial;
  const made = await trial.grow(await trial.genesis(), 2);
  await trial.apart(async ({ chain }) => {
    for (const { block } of made) {
      const whole = chain.decode(block.bytes, 'block');
      require(textOf(whole) === textOf(block), 'a block is decoded to something else than was built');
      const header = chain.decode(block.headerBytes, 'header');
      require(fingerprint(header?.header) === fingerprint(block.header), 'a header alone is decoded to something else');
      require(header?.bytes.length === 0, 'a header alone has the bytes of a block');
      require(fingerprint(header?.headerBytes) ===
        fingerprint(block.headerBytes), 'a header alone has other bytes than the header of the block');
    }
  });
}

async function checkJunk(trial: Trial): Promise<void> {
  const random = createRandomStream({ seed: 1, label: 'workload', sha256 });
  const [first] = await trial.grow(await trial.genesis(), 1);
  if (first === undefined) return;
  const { bytes, headerBytes } = first.block;
  const junk = Array.from({ length: JUNK_COUNT }, () => random.bytes(random.integer(0, JUNK_BYTES_MAX)));
  for (const part of PARTS) {
    const own = part === 'block' ? bytes : headerBytes;
    const cut = Array.from(own, (_, length) => own.subarray(0, length));
    const longer = [Uint8Array.of(...own, 0), Uint8Array.of(...own, ...own), Uint8Array.of(0, ...own)];
    for (const input of [...junk, ...cut, ...longer]) {
      const decoded = decodeSafely(trial, input, part);
      trial.require(decoded === null, `${input.length} bytes that are no ${part} are decoded as one`);
      requireCode(trial, input);
    }
  }
}

function decodeSafely({ chain, require }: Trial, bytes: Uint8Array, part: 'block' | 'header'): Block | null {
  try {
    return chain.decode(bytes, part);
  } catch (thrown) {
    require(false, `decode of ${bytes.length} bytes from a peer throws: ${describeThrown(thrown)}`);
    return null;
  }
}

function requireCode({ chain, require }: Trial, bytes: Uint8Array): void {
  const code = chain.refusalOf?.(bytes);
  require(code === undefined || CODE.test(code), `refusalOf gives ${code}, which is no stable code`);
}

async function checkFlips(trial: Trial): Promise<void> {
  const [made] = await trial.elsewhere([], 1, 0);
  if (made === undefined) return;
  const { block } = made;
  for (const bit of bitsOf(block.bytes)) await judgeFlip(trial, made, decodeFlipped(trial, block, 'block', bit));
  for (const bit of bitsOf(block.headerBytes)) {
    const flipped = decodeFlipped(trial, block, 'header', bit);
    if (flipped !== null) requireSigned(trial, block, flipped);
  }
}

/** One bit of each byte, not always the same. */
function bitsOf(bytes: Uint8Array): readonly number[] {
  return Array.from(bytes, (_, index) => index * 8 + ((index * 5) % 8));
}

function decodeFlipped(trial: Trial, block: Block, part: 'block' | 'header', bit: number): Block | null {
  const bytes = flipBit(part === 'block' ? block.bytes : block.headerBytes, bit);
  const decoded = decodeSafely(trial, bytes, part);
  const encoded = part === 'block' ? decoded?.bytes : decoded?.headerBytes;
  trial.require(
    decoded === null || fingerprint(encoded) === fingerprint(bytes),
    `with bit ${bit} turned over a ${part} is decoded whose encoding is another one`,
  );
  return decoded;
}

async function judgeFlip(trial: Trial, { block, directives }: Made, flipped: Block | null): Promise<void> {
  if (flipped === null) return;
  if (flipped.header.id !== block.header.id) return requireSigned(trial, block, flipped);
  const { kind } = await trial.chain.execute(flipped, { directives });
  trial.require(kind === 'invalid', `a block with the id of another one and a changed body is ${kind}`);
}

function requireSigned({ require }: Trial, block: Block, flipped: Block): void {
  if (fingerprint(flipped.header.sealHash) !== fingerprint(block.header.sealHash)) return;
  const unsealed = ({ header }: Block): string => fingerprint({ ...header, id: '', seal: '' });
  const isSealAlone =
    unsealed(flipped) === unsealed(block) && fingerprint(flipped.header.seal) !== fingerprint(block.header.seal);
  require(isSealAlone, 'a changed header has the seal hash of the one that was signed');
}

async function checkSeals(trial: Trial): Promise<void> {
  const { chain, require } = trial;
  const genesis = await trial.genesis();
  const unsealed = await trial.build(genesis, trial.requestOn(genesis));
  require(unsealed.header.seal.length === 0, 'a block is built with a seal');
  const before = textOf(unsealed);
  for (const length of [1, 65, 97, LIMITS.sealBytes]) {
    const seal = new Uint8Array(length).map((_, index) => (index * 7 + 255) & 255);
    const sealed = chain.seal(unsealed, seal);
    require(textOf(unsealed) === before, 'the block that a seal was attached to has changed');
    require(fingerprint(sealed.header.seal) === fingerprint(seal), `a seal of ${length} bytes is not attached`);
    const places = [sealed, unsealed].map(({ header }) => fingerprint({ ...header, id: '', seal: '' }));
    require(places[0] === places[1], 'a seal changes more of the header than seal and id');
    const decoded = chain.decode(sealed.bytes, 'block');
    require(textOf(decoded) === textOf(sealed), `a block with a seal of ${length} bytes is not decoded`);
  }
}
