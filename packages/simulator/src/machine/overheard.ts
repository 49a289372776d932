/**
 * Whatever the network brings to a machine.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { NetPort } from '@fiducia/consensus/ports';

/** A network port that tells of each message and each answer before its node gets it. */
export function overheard(net: NetPort, tell: (bytes: Bytes) => void): NetPort {
  return {
    ...net,
    subscribe: (channel, handler) =>
      net.subscribe(channel, (from, bytes) => {
        tell(bytes);
        return handler(from, bytes);
      }),
    async request(peer, channel, bytes, timeoutMs) {
      const answer = await net.request(peer, channel, bytes, timeoutMs);
      if (answer !== null) tell(answer);
      return answer;
    },
  };
}
