import type { NetPort } from '@fiducia/consensus/ports';

/** A network port that can be cut off from the rest. */
export interface SwitchedNet extends NetPort {
  /** While cut off, nothing is sent, received, asked or answered. */
  setConnected(isConnected: boolean): void;
}

export function createSwitchedNet(inner: NetPort): SwitchedNet {
  let isOn = true;
  return {
    self: inner.self,
    send(to, channel, bytes) {
      if (isOn) inner.send(to, channel, bytes);
    },
    subscribe: (channel, handler) =>
      inner.subscribe(channel, async (from, bytes) => (isOn ? handler(from, bytes) : 'ignore')),
    request: async (peer, channel, bytes, timeoutMs) => (isOn ? inner.request(peer, channel, bytes, timeoutMs) : null),
    serve: (channel, handler) => inner.serve(channel, async (from, bytes) => (isOn ? handler(from, bytes) : null)),
    peers: () => (isOn ? inner.peers() : []),
    penalise: (peer, code) => inner.penalise(peer, code),
    setConnected(isConnected) {
      isOn = isConnected;
    },
  };
}
