/** A database of EthereumJS in one file: every change is a line, and opening it reads them again. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type BatchDBOp, bytesToUnprefixedHex, type DB, type DBObject, unprefixedHexToBytes } from '@ethereumjs/util';

type Key = Uint8Array | string | number;
type Value = Uint8Array | string | DBObject;

/**
 * Not for chains that carry value: nothing is flushed to the disk, nothing is ever compacted, and all of it is in memory.
 */
export class FileDb<K extends Key, V extends Value> implements DB<K, V> {
  readonly #path: string;
  readonly #values: Map<string, V>;

  constructor(path: string, values?: Map<string, V>) {
    this.#path = path;
    this.#values = values ?? readLines<V>(path);
  }

  async open(): Promise<void> {}

  async get(key: K): Promise<V | undefined> {
    return this.#values.get(textOf(key));
  }

  async put(key: K, value: V): Promise<void> {
    await this.batch([{ type: 'put', key, value }]);
  }

  async del(key: K): Promise<void> {
    await this.batch([{ type: 'del', key }]);
  }

  async batch(operations: BatchDBOp<K, V>[]): Promise<void> {
    const lines = operations.map((operation) => {
      const key = textOf(operation.key);
      if (operation.type === 'del') {
        this.#values.delete(key);
        return JSON.stringify([key]);
      }
      this.#values.set(key, operation.value);
      return JSON.stringify([key, encode(operation.value)]);
    });
    if (lines.length > 0) appendFileSync(this.#path, `${lines.join('\n')}\n`);
  }

  shallowCopy(): DB<K, V> {
    return new FileDb<K, V>(this.#path, this.#values);
  }
}

function textOf(key: Key): string {
  return key instanceof Uint8Array ? bytesToUnprefixedHex(key) : String(key);
}

function encode(value: Value): unknown {
  return value instanceof Uint8Array ? { bytes: bytesToUnprefixedHex(value) } : { plain: value };
}

function readLines<V extends Value>(path: string): Map<string, V> {
  const values = new Map<string, V>();
  if (!existsSync(path)) return values;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.length === 0) continue;
    const [key, value] = JSON.parse(line) as [string, ({ bytes: string } | { plain: V })?];
    if (value === undefined) values.delete(key);
    else values.set(key, ('bytes' in value ? unprefixedHexToBytes(value.bytes) : value.plain) as V);
  }
  return values;
}
