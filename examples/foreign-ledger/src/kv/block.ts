/** Blocks as two lines of JSON: a header, and the body that it commits to. */
import { hashOf } from './hash.ts';
import { formatTransaction, parseTransaction, type Transaction } from './transaction.ts';

/** What is hashed into the name of a block. Hexadecimal texts are the business of whoever seals blocks. */
export interface Header {
  readonly height: number;
  readonly parentId: string;
  readonly time: number;
  readonly author: string;
  /** Name of the rules by which the block was sealed. */
  readonly engine: string;
  /** Hexadecimal; what those rules want to say about the block. */
  readonly extra: string;
  /** Root of the state after the block. */
  readonly root: string;
  /** Hash of the body. */
  readonly bodyHash: string;
  /** Hexadecimal; the only part that the author does not sign. */
  readonly seal: string;
}

/** What a block carries. */
export interface Body {
  readonly transactions: readonly Transaction[];
  /** Named hexadecimal texts that concern no account. */
  readonly attachments: readonly (readonly [name: string, hex: string])[];
}

/** A block; without a body it is a header alone. */
export interface Block {
  readonly header: Header;
  readonly body: Body | null;
}

export const BLOCK_BYTES_MAX = 1_048_576;
const HEX = /^([0-9a-f]{2})*$/;

/** Makes a block without a seal. */
export function makeBlock(header: Omit<Header, 'bodyHash' | 'seal'>, body: Body): Block {
  return { header: { ...header, bodyHash: hashOf(formatBody(body)), seal: '' }, body };
}

/** The header in one line. */
export function formatHeader(header: Header): string {
  return JSON.stringify([...signedFields(header), header.seal]);
}

/** The whole block; only the header if there is no body. */
export function formatBlock({ header, body }: Block): string {
  return body === null ? formatHeader(header) : `${formatHeader(header)}\n${formatBody(body)}`;
}

/** Reads what {@link formatBlock} writes; `null` for any other text. */
export function parseBlock(text: string): Block | null {
  const [first = '', second] = text.split('\n');
  const header = parseHeader(first);
  const body = second === undefined ? null : parseBody(second);
  if (header === null || (second !== undefined && body === null)) return null;
  if (body !== null && hashOf(formatBody(body)) !== header.bodyHash) return null;
  return formatBlock({ header, body }) === text ? { header, body } : null;
}

/** Name of a block; it covers the seal. */
export function blockId(header: Header): string {
  return hashOf(formatHeader(header));
}

/** What the author of a block signs, on one chain. */
export function signedHash(chain: string, header: Header): string {
  return hashOf(`${chain}${JSON.stringify(signedFields(header))}`);
}

function signedFields({ height, parentId, time, author, engine, extra, root, bodyHash }: Header): readonly unknown[] {
  return [height, parentId, time, author, engine, extra, root, bodyHash];
}

function formatBody({ transactions, attachments }: Body): string {
  return JSON.stringify([transactions.map(formatTransaction), attachments]);
}

function parseHeader(line: string): Header | null {
  const [height, parentId, time, author, engine, extra, root, bodyHash, seal] = parseArray(line);
  const counts = [height, time];
  const texts = [parentId, author, engine, root, bodyHash];
  const areCounts = counts.every((count) => Number.isSafeInteger(count) && Number(count) >= 0);
  const areTexts = texts.every((text) => typeof text === 'string');
  if (!areCounts || !areTexts || !isHex(extra) || !isHex(seal)) return null;
  return { height, parentId, time, author, engine, extra, root, bodyHash, seal } as Header;
}

function parseBody(line: string): Body | null {
  const [texts, attachments] = parseArray(line);
  if (!Array.isArray(texts) || !Array.isArray(attachments)) return null;
  const transactions = texts.map((text) => (typeof text === 'string' ? parseTransaction(text) : null));
  const areNamed = attachments.every(
    (item) => Array.isArray(item) && item.length === 2 && typeof item[0] === 'string' && isHex(item[1]),
  );
  return areNamed && transactions.every((item) => item !== null) ? { transactions, attachments } : null;
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && HEX.test(value);
}

function parseArray(line: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
