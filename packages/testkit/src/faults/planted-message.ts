/**
 * Somebody signs two messages for one place, past every guard, and tells everybody.
 *
 * @module
 */
import type { ActorId, Bytes, ConsensusRules, SignedMessage } from '@fiducia/consensus';
import { MESSAGE_DOMAIN } from '@fiducia/consensus';
import { DEFAULT_HOST_LIMITS, decodeEnvelope, type Envelope, encodeEnvelope, MESSAGES_CHANNEL } from '@fiducia/host';
import { flipBit } from '../mutate.ts';
import type { KitNetwork } from '../sample/network.ts';
import type { Sample } from '../sample/sample.ts';

/** Copies, since the network may lose some. */
const COPIES = 3;
const BITS_TRIED_MAX = 4_096;

/** Whether engines of the plugin send messages at all. */
export function sendsMessages({ sessions }: Sample): boolean {
  return sessions.some(({ records }) =>
    records.some((record) => record.kind !== 'engineStopped' && record.effects?.some(({ kind }) => kind === 'send')),
  );
}

/** Keeps the newest message of a node that has a conflict key, as it is sent. */
export function watchMessages(
  { simulation }: KitNetwork,
  author: ActorId,
  rules: Pick<ConsensusRules<unknown>, 'conflictKey' | 'messageClaims'>,
): () => Envelope | undefined {
  let newest: Envelope | undefined;
  simulation.onSend(({ channel, bytes }) => {
    const envelope =
      channel === MESSAGES_CHANNEL ? decodeEnvelope(bytes, DEFAULT_HOST_LIMITS.blockBytesMax) : undefined;
    const isOwn = envelope?.message.author === author;
    if (isOwn && rules.conflictKey?.({ kind: 'message', message: envelope.message }) !== undefined) newest = envelope;
  });
  return () => newest;
}

/** Sends a second message for the same place. @returns Whether one could be made. */
export function sendSecond(
  { crypto, nodes }: KitNetwork,
  guilty: number,
  envelope: Envelope,
  rules: Pick<ConsensusRules<unknown>, 'conflictKey' | 'messageClaims'>,
): boolean {
  const node = nodes[guilty];
  const payload = otherPayload(envelope.message, rules);
  if (node === undefined || payload === undefined) return false;
  const { era, protocol, message } = envelope;
  const scope = { chainId: node.ledger.chainId, era, protocol };
  const signature = crypto.identity(node.name).sign(scope, MESSAGE_DOMAIN, payload);
  for (let copy = 0; copy < COPIES; copy++) {
    node.ports.net.send(
      null,
      MESSAGES_CHANNEL,
      encodeEnvelope({ ...envelope, message: { ...message, payload, signature } }),
    );
  }
  return true;
}

/** Another payload with the same conflict key that quotes nothing, so that its author's signature is all it needs. */
function otherPayload(
  message: SignedMessage,
  rules: Pick<ConsensusRules<unknown>, 'conflictKey' | 'messageClaims'>,
): Bytes | undefined {
  const key = rules.conflictKey?.({ kind: 'message', message });
  const bits = message.payload.length * 8;
  // What is voted for usually stands at the end.
  for (let back = 1; back <= Math.min(bits, BITS_TRIED_MAX); back++) {
    const payload = flipBit(message.payload, bits - back);
    const other = { ...message, payload };
    const isQuoting = (rules.messageClaims?.(other) ?? []).length > 0;
    if (!isQuoting && rules.conflictKey?.({ kind: 'message', message: other }) === key) return payload;
  }
  return undefined;
}
