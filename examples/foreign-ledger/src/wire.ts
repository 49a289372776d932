import type { NetPort } from '@fiducia/consensus/ports';
import type { Wire } from './ports/net.ts';

/** The network that the chain has had all along, here a simulated one. */
export function wireOver({ self, peers, send, subscribe, penalise }: NetPort): Wire {
  return {
    self,
    peers,
    send: (to, text) => send(to, 'kv', new TextEncoder().encode(text)),
    onText(handler) {
      subscribe('kv', async (from, bytes) => {
        handler(from, new TextDecoder().decode(bytes));
        return 'accept';
      });
    },
    report: penalise,
  };
}
