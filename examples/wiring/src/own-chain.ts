import type { Bytes, Validator } from '@fiducia/consensus';
import type { ChainPort, CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { pbft } from '@fiducia/consensus-pbft';
import {
  chainModule,
  createNodeContainer,
  eraModule,
  pluginModule,
  portModule,
  provide,
  resolveEach,
  TOKENS,
} from '@fiducia/di';
import { type ConsensusHost, createBlockFormat, createHost, createMemoryBlocks } from '@fiducia/host';
import type { SimulatedPorts } from '@fiducia/simulator';

/** What the nodes of the chain have in common. */
export interface OwnChain {
  readonly chainId: Bytes;
  readonly crypto: CryptoPort;
  readonly validators: readonly Validator[];
}

/** A chain of blocks without anything in them. */
export function createEmptyChain({ chainId, crypto: { sha256 } }: OwnChain): ChainPort {
  const format = createBlockFormat({ chainId, sha256 });
  const empty = { root: new Uint8Array(), payload: new Uint8Array() };
  const blocks = createMemoryBlocks(format.composeGenesis(empty));
  return {
    ...blocks,
    provides: new Set(),
    decode: format.decode,
    seal: format.seal,
    async build(request) {
      const parent = await blocks.read({ kind: 'id', id: request.parentId });
      return parent && format.compose({ ...request, height: parent.block.header.height + 1 }, empty, request);
    },
    execute: async () => ({ kind: 'executed', facts: [], census: [] }),
  };
}

/** A host out of a container in which the default ledger never was. */
export async function createOwnHost(own: OwnChain, signer: SignerPort, ports: SimulatedPorts): Promise<ConsensusHost> {
  const container = await createNodeContainer([
    eraModule({ fromHeight: 1, production: { name: 'pbft', config: { blockTimeMs: 1_000 } } }),
    pluginModule(pbft()),
    chainModule(createEmptyChain(own)),
    portModule({ crypto: own.crypto, signer, clock: ports.clock, net: ports.net, log: ports.log }),
    (node) =>
      provide(node, TOKENS.host, (inner) =>
        createHost({
          chain: inner.resolve(TOKENS.chain),
          net: inner.resolve(TOKENS.net),
          crypto: inner.resolve(TOKENS.crypto),
          signer: inner.resolve(TOKENS.signer),
          clock: inner.resolve(TOKENS.clock),
          log: inner.resolve(TOKENS.log),
          plugins: resolveEach(inner, TOKENS.plugin),
          eras: inner.resolve(TOKENS.eras),
          chainId: own.chainId,
          genesisValidators: own.validators,
        }),
      ),
  ]);
  return container.resolve(TOKENS.host);
}
