/**
 * Who may depend on whom, and which packages keep which promises.
 *
 * @module
 */

/** What is allowed for one package. */
export interface PackagePolicy {
  /** Runtime dependencies it may have; a package may have fewer. */
  readonly dependencies: readonly string[];
  /** Runs in browsers and workers: no Node modules, clock, timers or randomness. */
  readonly isPure?: boolean;
  /** A consensus plugin or gadget: sees the contract and nothing around it. */
  readonly isPlugin?: boolean;
}

/** Scope of the published packages. */
export const SCOPE = '@fiducia/';

const plugin = (...dependencies: string[]): PackagePolicy => ({
  dependencies: ['@fiducia/consensus', ...dependencies],
  isPure: true,
  isPlugin: true,
});

/** The dependency table. A library chosen in an ADR is added here together with it. */
export const POLICIES: Readonly<Record<string, PackagePolicy>> = {
  consensus: { dependencies: [], isPure: true },
  trust: { dependencies: [], isPure: true },
  'consensus-dt-dpos': plugin('@fiducia/trust'),
  'consensus-dpos': plugin(),
  'consensus-pos': plugin(),
  'consensus-pow': plugin(),
  'consensus-pbft': plugin(),
  'finality-checkpoint': plugin(),
  host: { dependencies: ['@fiducia/consensus', 'eventemitter3'], isPure: true },
  crypto: { dependencies: ['@fiducia/consensus', '@noble/hashes', '@noble/secp256k1', 'secp256k1'] },
  ledger: { dependencies: ['@fiducia/consensus', '@noble/hashes', 'eventemitter3', 'micro-packed'], isPure: true },
  'adapter-ethereumjs': {
    dependencies: [
      '@ethereumjs/block',
      '@ethereumjs/blockchain',
      '@ethereumjs/common',
      '@ethereumjs/rlp',
      '@ethereumjs/tx',
      '@ethereumjs/util',
      '@ethereumjs/vm',
      '@fiducia/consensus',
      '@noble/curves',
      '@noble/hashes',
    ],
  },
  energy: { dependencies: ['@fiducia/ledger', '@fiducia/trust', 'micro-packed'], isPure: true },
  simulator: { dependencies: ['@fiducia/consensus', '@fiducia/host', '@fiducia/ledger'] },
  testkit: {
    dependencies: ['@fiducia/consensus', '@fiducia/host', '@fiducia/ledger', '@fiducia/simulator', 'vitest'],
  },
  'create-fiducia-plugin': { dependencies: [] },
  di: { dependencies: ['@fiducia/consensus', '@fiducia/host', 'reflect-metadata', 'tsyringe'] },
  node: {
    dependencies: [
      '@fiducia/consensus',
      '@fiducia/crypto',
      '@fiducia/di',
      '@fiducia/host',
      '@fiducia/ledger',
      'eventemitter3',
    ],
  },
  cli: {
    dependencies: [
      '@fiducia/consensus',
      '@fiducia/consensus-dpos',
      '@fiducia/consensus-dt-dpos',
      '@fiducia/consensus-pbft',
      '@fiducia/consensus-pos',
      '@fiducia/consensus-pow',
      '@fiducia/crypto',
      '@fiducia/di',
      '@fiducia/energy',
      '@fiducia/finality-checkpoint',
      '@fiducia/host',
      '@fiducia/ledger',
      '@fiducia/node',
      '@fiducia/simulator',
      '@fiducia/trust',
      'cli-table3',
      'commander',
      'log-update',
      'vega',
      'vega-datasets',
      'vega-lite',
      'yoctocolors',
    ],
  },
};

/** Packages that must work with any plugin and therefore may name none at run time. */
export const PLUGIN_AGNOSTIC: readonly string[] = ['host', 'ledger', 'simulator', 'testkit', 'node', 'di'];

/** Whether a dependency name is a consensus plugin or a finality gadget. */
export function isPluginName(dependency: string): boolean {
  return POLICIES[dependency.replace(SCOPE, '')]?.isPlugin === true && dependency.startsWith(SCOPE);
}
