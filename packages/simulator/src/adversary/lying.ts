/**
 * The `lieInSync` strategy: what a peer that catches up must not believe (fault N08).
 *
 * @module
 */
import { type Bytes, tryDecode } from '@fiducia/consensus';
import {
  DEFAULT_HOST_LIMITS,
  decodeBlockList,
  decodeBlockRequest,
  decodeProvenBlock,
  encodeBlockList,
  encodeProvenBlock,
  type ProvenBlock,
} from '@fiducia/host';
import type { RandomStream } from '../random.ts';
import type { Disguise } from './disguise.ts';
import type { Machine } from './machine.ts';

/** Of the questions, how many get a lie for an answer. */
const LIES_PERMILLE = 700;

/** Blocks of earlier answers that are told again where others were asked for. */
const REMEMBERED_MAX = 64;

const GARBAGE_BYTES_MAX = 512;

/** Answers with silence, garbage, gaps, disorder, other heights, wrong bodies, forged proofs. */
export function createLieInSync(machine: Machine): Disguise {
  const { random } = machine.options;
  const told: ProvenBlock[] = [];
  return machine.disguise('lieInSync', {
    onAnswer(_from, question, answer) {
      const blocks = blocksIn(question, answer);
      for (const block of blocks) told.push(block);
      told.splice(0, told.length - REMEMBERED_MAX);
      if (!random.chance(LIES_PERMILLE)) return answer;
      const [lie, content] = drawLie(random, blocks, told);
      machine.count(`lie/${lie}`);
      const isList = tryDecode(() => decodeBlockRequest(question))?.kind === 'after';
      if (content === null || content instanceof Uint8Array) return content;
      const [first] = content;
      if (isList) return encodeBlockList(content);
      return first === undefined ? null : encodeProvenBlock(first);
    },
  });
}

type Lie = readonly [name: string, content: readonly ProvenBlock[] | Bytes | null];

function drawLie(random: RandomStream, blocks: readonly ProvenBlock[], told: readonly ProvenBlock[]): Lie {
  switch (random.integer(0, 7)) {
    case 0:
      return ['silence', null];
    case 1:
      return ['garbage', random.bytes(random.integer(0, GARBAGE_BYTES_MAX))];
    case 2:
      return ['nothingNew', []];
    case 3:
      return ['gap', blocks.filter((_, index) => index % 3 !== 1)];
    case 4:
      return ['backwards', blocks.toReversed()];
    case 5:
      return ['otherHeight', told.toReversed().slice(0, Math.max(1, blocks.length))];
    case 6:
      return ['wrongBody', blocks.map(({ block, proof }) => ({ block: flip(random, block), proof }))];
    default:
      return ['wrongProof', blocks.map(({ block, proof }) => ({ block, proof: flip(random, proof) }))];
  }
}

/** Blocks in an answer, none if it is no answer to the question. */
export function blocksIn(question: Bytes, answer: Bytes | null): readonly ProvenBlock[] {
  if (answer === null) return [];
  const { blockBytesMax, syncBatchBlocks } = DEFAULT_HOST_LIMITS;
  const blocks = tryDecode(() =>
    decodeBlockRequest(question).kind === 'byId'
      ? [decodeProvenBlock(answer, blockBytesMax)]
      : decodeBlockList(answer, syncBatchBlocks, blockBytesMax),
  );
  return blocks ?? [];
}

/** One bit of the second half, where bodies and signatures are. */
function flip(random: RandomStream, bytes: Bytes): Bytes {
  if (bytes.length === 0) return random.bytes(16);
  const changed = bytes.slice();
  const at = random.integer(bytes.length >> 1, bytes.length - 1);
  changed[at] = (changed[at] ?? 0) ^ (1 << random.integer(0, 7));
  return changed;
}
