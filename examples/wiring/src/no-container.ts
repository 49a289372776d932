import type { SignerPort } from '@fiducia/consensus/ports';
import { pbft } from '@fiducia/consensus-pbft';
import { type ConsensusHost, createHost } from '@fiducia/host';
import type { SimulatedPorts } from '@fiducia/simulator';
import { createEmptyChain, type OwnChain } from './own-chain.ts';

/** The same host as a function call. */
export function createPlainHost(own: OwnChain, signer: SignerPort, { clock, net, log }: SimulatedPorts): ConsensusHost {
  return createHost({
    chain: createEmptyChain(own),
    ...{ net, clock, log, signer },
    crypto: own.crypto,
    plugins: [pbft()],
    eras: [{ fromHeight: 1, production: { name: 'pbft', config: { blockTimeMs: 1_000 } } }],
    chainId: own.chainId,
    genesisValidators: own.validators,
  });
}
