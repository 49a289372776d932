/**
 * Writes down what nodes adopt, take back, refuse, accuse and make final, in words.
 *
 * @module
 */
import type { ActorId, BlockId, ConsensusHeader, Millis } from '@fiducia/consensus';
import type { WorldNode } from '../run/world.ts';

/** Something that nodes saw; entries of one text are one event that several of them saw. */
interface Entry {
  readonly slot: number;
  /** What it is about, and what became of it. */
  readonly subject: string;
  readonly verb: string;
  readonly nodes: Set<string>;
}

/** Changes of the adopted branch, which come in rows when a node catches up. */
const ROW_VERBS: readonly string[] = ['adopted', 'taken back'];

/** What a chronicler needs to know of the network. */
export interface ChroniclerOptions {
  readonly startTime: Millis;
  readonly slotMs: Millis;
  readonly now: () => Millis;
  /** Name of the node with this key. */
  readonly nameOf: (actor: ActorId) => string;
}

/** Follows honest nodes through all their lives. */
export class Chronicler {
  readonly #options: ChroniclerOptions;
  readonly #entries = new Map<string, Entry>();
  /** Blocks by height in the order in which anybody first knew them: a second one of a height gets a prime. */
  readonly #blocks = new Map<number, BlockId[]>();
  readonly #headers = new Map<BlockId, ConsensusHeader>();

  constructor(options: ChroniclerOptions) {
    this.#options = options;
  }

  /** Listens to the host of a node that is about to start. */
  watch({ name, host }: WorldNode): void {
    host.events.on('blockImported', ({ header }) => void this.#meet(header));
    host.events.on('headChanged', ({ tip, applied, reverted }) => {
      this.#meet(tip.header);
      for (const id of reverted) this.#note(name, this.#describe(id), 'taken back');
      for (const id of applied) this.#note(name, this.#describe(id), 'adopted');
    });
    host.events.on('blockRejected', ({ header, code }) => {
      this.#note(name, header === null ? 'a block' : this.#describe(this.#meet(header)), `refused: ${code}`);
    });
    host.events.on('evidenceFound', ({ evidence: { kind, offender } }) => {
      this.#note(name, `${kind} of ${this.#options.nameOf(offender)}`, 'proven');
    });
    host.events.on('finalized', ({ header }) => this.#note(name, this.#describe(this.#meet(header)), 'final'));
  }

  /** Label of a block: its height, with a prime for each other block of this height that was known before. */
  labelOf({ height, id }: ConsensusHeader): string {
    // Nobody imports genesis.
    const others = Math.max(0, (this.#blocks.get(height) ?? []).indexOf(id));
    return `${height}${"'".repeat(others)}`;
  }

  /**
   * Lines about everything since the last call, one for each event, with the slots in which nothing happened.
   *
   * @param all - Nodes that count as all of them.
   */
  take(fromSlot: number, toSlot: number, all: readonly string[]): readonly string[] {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    const lines: string[] = [];
    for (let slot = fromSlot; slot <= toSlot; slot++) {
      const rows = rowsOf(entries.filter((entry) => entry.slot === slot));
      const label = `slot ${slot}`.padEnd(9);
      if (rows.length === 0) lines.push(`${label}nothing`);
      for (const { subject, verb, nodes } of rows) lines.push(`${label}${subject} ${verb}${whoOf(nodes, all)}`);
    }
    return lines;
  }

  #meet(header: ConsensusHeader): BlockId {
    const { height, id } = header;
    if (this.#headers.has(id)) return id;
    this.#headers.set(id, header);
    this.#blocks.set(height, [...(this.#blocks.get(height) ?? []), id]);
    return id;
  }

  #describe(id: BlockId): string {
    const header = this.#headers.get(id);
    return header === undefined ? 'a block' : `block ${this.labelOf(header)} of ${this.#options.nameOf(header.author)}`;
  }

  #note(node: string, subject: string, verb: string): void {
    const { now, startTime, slotMs } = this.#options;
    const slot = Math.floor((now() - startTime) / slotMs);
    const key = `${slot} ${subject} ${verb}`;
    const entry = this.#entries.get(key) ?? { slot, subject, verb, nodes: new Set<string>() };
    entry.nodes.add(node);
    this.#entries.set(key, entry);
  }
}

/** Entries of one slot, with rows of blocks that fared alike told in one line. */
function rowsOf(entries: readonly Entry[]): readonly Entry[] {
  const rows: Entry[][] = [];
  for (const entry of entries) {
    const row = rows.at(-1);
    const [first] = row ?? [];
    const isAlike = first !== undefined && first.verb === entry.verb && sameNodes(first.nodes, entry.nodes);
    if (row !== undefined && isAlike && ROW_VERBS.includes(entry.verb)) row.push(entry);
    else rows.push([entry]);
  }
  return rows.flatMap((row) => {
    const [first, last] = [row[0], row.at(-1)];
    if (first === undefined || last === undefined || row.length === 1) return row;
    const [from, to] = [first, last].map(({ subject }) => subject.split(' ')[1]);
    return [{ ...first, subject: `blocks ${from} to ${to}` }];
  });
}

function sameNodes(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}

function whoOf(nodes: ReadonlySet<string>, all: readonly string[]): string {
  return all.every((name) => nodes.has(name)) ? '' : ` at ${[...nodes].sort().join(', ')}`;
}
