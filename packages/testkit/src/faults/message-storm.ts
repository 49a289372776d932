/**
 * One member sends everybody more messages for one height than anybody has to say: what nodes keep stays within bounds.
 *
 * @module
 */
import { MESSAGE_DOMAIN } from '@fiducia/consensus';
import { type Envelope, encodeEnvelope, MESSAGES_CHANNEL } from '@fiducia/host';
import type { KitContext } from '../context.ts';
import type { Findings } from '../item.ts';
import { bitsToFlip, flipBit } from '../mutate.ts';
import type { KitNetwork } from '../sample/network.ts';
import type { Sample } from '../sample/sample.ts';
import { createSubjectNetwork } from '../sample/subject-network.ts';
import { sendsMessages, watchMessages } from './planted-message.ts';

const SLOTS = 6;
const GUILTY = 0;
/** More than a host takes of one author, height and peer, and than an engine has room for. */
const MESSAGES = 300;
const ARRIVED_MS = 100;

/** Lets the first member of a network flood all others with authentic messages (simulation I11). */
export async function sendStorm(context: KitContext, sample: Sample, findings: Findings): Promise<void> {
  const { subject, seed, nodeCount } = context;
  const author = sample.members[GUILTY];
  if (nodeCount < 2 || author === undefined || !sendsMessages(sample)) return;
  const network = await createSubjectNetwork(context);
  const newest = watchMessages(network, author, sample.createRules());
  await network.run(SLOTS * subject.slotMs);
  const envelope = newest();
  if (envelope !== undefined) {
    sendLike(network, envelope, context, findings);
    await network.run(ARRIVED_MS);
    requireRoom(network, findings, seed);
  }
  await network.stop();
}

/** Messages like one of the member's, for the same height, each with another bit turned over and a signature that holds. */
function sendLike({ nodes, crypto }: KitNetwork, envelope: Envelope, context: KitContext, findings: Findings): void {
  const { era, protocol, message } = envelope;
  const guilty = nodes[GUILTY];
  if (guilty === undefined) return;
  const identity = crypto.identity(guilty.name);
  const scope = { chainId: guilty.ledger.chainId, era, protocol };
  for (const bit of bitsToFlip(message.payload.length, MESSAGES, context.random('storm'))) {
    const payload = flipBit(message.payload, bit);
    const signature = identity.sign(scope, MESSAGE_DOMAIN, payload);
    const bytes = encodeEnvelope({ ...envelope, message: { ...message, payload, signature } });
    guilty.ports.net.send(null, MESSAGES_CHANNEL, bytes);
    findings.count('messages of a storm');
  }
}

function requireRoom({ nodes }: KitNetwork, findings: Findings, seed: number): void {
  for (const { name, host, ledger } of nodes) {
    for (const { name: buffer, count, max } of [...host.usage(), ...ledger.usage()]) {
      if (count <= max) continue;
      const message = `${buffer} of ${name} has ${count} entries, at most ${max} are allowed`;
      const trace = [`node-${GUILTY} sent up to ${MESSAGES} messages for one height`];
      findings.add({ rule: 'simulation I11', message, trace, seed });
    }
  }
}
