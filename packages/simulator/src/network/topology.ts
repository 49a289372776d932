/**
 * Who is linked with whom when nodes dial only some of the others (simulation section 3).
 *
 * @module
 */
import type { HashFunction } from '@fiducia/consensus';
import { createRandomStream, type RandomStream } from '../random.ts';
import { RECORD, type Trace } from '../trace.ts';
import type { Endpoint } from './endpoint.ts';

/** Dials peers, at random and once; links stay for as long as the number of links does. */
export class Topology {
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #trace: Trace;
  readonly #streamOptions: { readonly seed: number; readonly sha256: HashFunction };
  readonly #streams = new Map<Endpoint, RandomStream>();
  readonly #dialled = new Map<Endpoint, number>();
  /** All nodes that have dialled, by index. */
  #all: readonly Endpoint[] = [];
  #outboundLinks: number | null = null;
  #nodeCount = 0;

  constructor(
    endpoints: ReadonlyMap<string, Endpoint>,
    trace: Trace,
    streamOptions: { readonly seed: number; readonly sha256: HashFunction },
  ) {
    this.#endpoints = endpoints;
    this.#trace = trace;
    this.#streamOptions = streamOptions;
  }

  /** Another number of links drops all links; the nodes dial again. */
  setOutboundLinks(outboundLinks: number | null): void {
    if (outboundLinks === this.#outboundLinks) return;
    this.#outboundLinks = outboundLinks;
    this.#nodeCount = 0;
    this.#dialled.clear();
    for (const { links, linkIndexes } of this.#endpoints.values()) {
      links.length = 0;
      linkIndexes.length = 0;
    }
  }

  /** Linked nodes, in the order of their links; `null` where all nodes are linked. */
  linksOf(endpoint: Endpoint): readonly Endpoint[] | null {
    if (this.#outboundLinks === null) return null;
    // Nodes dial when links are first asked for, so that the first of them has others to choose from.
    if (this.#nodeCount !== this.#endpoints.size) this.#dialAll(this.#outboundLinks);
    return endpoint.links;
  }

  /** The node at this place among all that have links. */
  endpointAt(index: number): Endpoint {
    return this.#all[index] as Endpoint;
  }

  #dialAll(outboundLinks: number): void {
    this.#nodeCount = this.#endpoints.size;
    this.#all = [...this.#endpoints.values()];
    this.#trace.record(RECORD.topology).number(outboundLinks);
    for (const endpoint of this.#endpoints.values()) this.#dial(endpoint, outboundLinks);
  }

  #dial(endpoint: Endpoint, outboundLinks: number): void {
    const dialled = this.#dialled.get(endpoint) ?? 0;
    if (dialled >= outboundLinks) return;
    const linked = new Set(endpoint.links).add(endpoint);
    const candidates = [...this.#endpoints.values()].filter((other) => !linked.has(other));
    const count = Math.min(outboundLinks - dialled, candidates.length);
    const random = this.#streamOf(endpoint);
    for (let index = 0; index < count; index++) {
      // One step of a Fisher-Yates shuffle; both positions exist.
      const drawn = random.integer(index, candidates.length - 1);
      const peer = candidates[drawn] as Endpoint;
      candidates[drawn] = candidates[index] as Endpoint;
      link(endpoint, peer);
      link(peer, endpoint);
    }
    this.#dialled.set(endpoint, dialled + count);
  }

  #streamOf(endpoint: Endpoint): RandomStream {
    const known = this.#streams.get(endpoint);
    if (known !== undefined) return known;
    const stream = createRandomStream({ ...this.#streamOptions, label: `topology/${endpoint.machine.index}` });
    this.#streams.set(endpoint, stream);
    return stream;
  }
}

function link(endpoint: Endpoint, peer: Endpoint): void {
  endpoint.links.push(peer);
  endpoint.linkIndexes.push(peer.index);
}
