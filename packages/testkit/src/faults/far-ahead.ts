/**
 * A member that does nothing but speak of what is far ahead, in the words of the others.
 *
 * @module
 */
import { type ActorId, type Bytes, type ConsensusRules, MESSAGE_DOMAIN, type Millis } from '@fiducia/consensus';
import { DEFAULT_HOST_LIMITS, decodeEnvelope, type Envelope, encodeEnvelope, MESSAGES_CHANNEL } from '@fiducia/host';
import type { RandomStream } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import type { Findings } from '../item.ts';
import type { KitNetwork } from '../sample/network.ts';
import type { Sample } from '../sample/sample.ts';
import { createSubjectNetwork } from '../sample/subject-network.ts';
import { pluginUnderTest } from '../subject.ts';
import { sendsMessages } from './planted-message.ts';

/** Members of which one may lie, under every protocol that bears a third of liars. */
const NODES_MIN = 4;
const SLOTS = 80;
const SLOTS_WITHOUT_BLOCK_MAX = 32;
/** Parts of a slot by which clocks differ. */
const CLOCKS_APART = 5;
/** What is made of one message, and tries until one is well-formed. */
const COPIES = 4;
const TRIES_MAX = 24;
/** More of one author and height hosts do not take. */
const SENT_PER_SLOT_MAX = 24;

type Rules = Pick<ConsensusRules<unknown>, 'conflictKey' | 'messageClaims'>;

/** Demands that the others go on as they would with a member that is away. */
export async function speakOfFarAhead(context: KitContext, sample: Sample, findings: Findings): Promise<void> {
  const { subject, seed, nodeCount } = context;
  const { slotMs } = subject;
  const guilty = nodeCount - 1;
  const { kind } = pluginUnderTest(subject).plugin.traits.faults;
  const author = sample.members[guilty];
  if (kind !== 'byzantine' || nodeCount < NODES_MIN || author === undefined || !sendsMessages(sample)) return;
  const heads: { at: Millis; height: number }[] = [];
  const network = await createSubjectNetwork(context, {
    late: [guilty],
    onNode: ({ host }) =>
      host.events.on('headChanged', ({ tip }) => {
        if (tip.header.height > (heads.at(-1)?.height ?? 0)) {
          heads.push({ at: network.simulation.now(), height: tip.header.height });
        }
      }),
  });
  const { simulation } = network;
  const startedAt = simulation.now();
  // Where nobody is the first to give up, nobody can be talked into anything.
  for (const [index, { name }] of network.nodes.entries()) {
    simulation.setClock(name, { offsetMs: Math.floor((index * slotMs) / CLOCKS_APART), driftPpm: 0 });
  }
  const liar = new Liar(network, guilty, author, sample.createRules(), context.random('far ahead'));
  for (let slot = 0; slot < SLOTS; slot++) {
    liar.rest();
    await network.run(slotMs);
  }
  const times = [startedAt, ...heads.map(({ at }) => at), simulation.now()];
  await network.stop();
  findings.count('messages about what is far ahead', liar.sent);
  const gaps = times.slice(1).map((at, index) => (at - (times[index] ?? at)) / slotMs);
  const longest = Math.max(...gaps);
  if (liar.sent === 0 || longest <= SLOTS_WITHOUT_BLOCK_MAX) return;
  const message = `one member speaks of what is far ahead, and for ${Math.floor(longest)} slots there is no block`;
  const trace = [
    `${nodeCount} nodes, of which node-${guilty} sends only what others sent, with numbers that are too high`,
  ];
  findings.add({ rule: 'simulation I10', message, trace, seed });
}

/** Signs what others say, with a number in it made large. */
class Liar {
  sent = 0;
  readonly #network: KitNetwork;
  readonly #guilty: number;
  readonly #author: ActorId;
  readonly #rules: Rules;
  readonly #random: RandomStream;
  #left = 0;

  constructor(network: KitNetwork, guilty: number, author: ActorId, rules: Rules, random: RandomStream) {
    this.#network = network;
    this.#guilty = guilty;
    this.#author = author;
    this.#rules = rules;
    this.#random = random;
    network.simulation.onSend(({ channel, bytes }) => {
      const envelope =
        channel === MESSAGES_CHANNEL ? decodeEnvelope(bytes, DEFAULT_HOST_LIMITS.blockBytesMax) : undefined;
      if (envelope !== undefined && envelope.message.author !== author) this.#hear(envelope);
    });
  }

  /** A slot is over. */
  rest(): void {
    this.#left = SENT_PER_SLOT_MAX;
  }

  #hear(envelope: Envelope): void {
    for (let copy = 0; copy < COPIES && this.#left > 0; copy++) {
      const payload = this.#farAhead(envelope.message.payload);
      if (payload === undefined) return;
      this.#left -= 1;
      this.#say(envelope, payload);
    }
  }

  /** The same for another place: a zero in front of a number is none any more, and the number itself is another, too. */
  #farAhead(payload: Bytes): Bytes | undefined {
    const zeros = [...payload.keys()].filter((index) => payload[index] === 0);
    const before = this.#keyOf(payload);
    for (let tries = 0; tries < TRIES_MAX && zeros.length > 0; tries++) {
      const index = zeros[this.#random.integer(0, zeros.length - 1)] ?? 0;
      const end = payload.findIndex((byte, at) => at > index && byte !== 0);
      const higher = payload.with(index, 1 << this.#random.integer(0, 7));
      const changed = end < 0 ? higher : higher.with(end, this.#random.integer(0, 255));
      const key = this.#keyOf(changed);
      if (key !== undefined && key !== before) return changed;
    }
    return undefined;
  }

  /** Its place, if it quotes nobody: what others signed cannot be made up. */
  #keyOf(payload: Bytes): string | undefined {
    const message = { author: this.#author, payload, signature: new Uint8Array() };
    const isQuoting = (this.#rules.messageClaims?.(message) ?? []).length > 0;
    return isQuoting ? undefined : this.#rules.conflictKey?.({ kind: 'message', message });
  }

  #say(envelope: Envelope, payload: Bytes): void {
    const { crypto, nodes } = this.#network;
    const node = nodes[this.#guilty];
    if (node === undefined) return;
    const { era, protocol } = envelope;
    const scope = { chainId: node.ledger.chainId, era, protocol };
    const signature = crypto.identity(node.name).sign(scope, MESSAGE_DOMAIN, payload);
    const message = { author: this.#author, payload, signature };
    node.ports.net.send(null, MESSAGES_CHANNEL, encodeEnvelope({ ...envelope, message }));
    this.sent += 1;
  }
}
