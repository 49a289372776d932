/**
 * The protocols of a run, made ready a second time: no object of them was ever used by a node.
 *
 * @module
 */
import {
  type ConsensusPlugin,
  type ConsensusRules,
  type EraIndex,
  type FactKind,
  type Height,
  type ProtocolId,
  protocolId,
} from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { SimulationError } from '../errors.ts';
import type { World } from '../run/world.ts';

/** A plugin at its place in an era. */
export interface FreshProtocol {
  readonly plugin: ConsensusPlugin;
  readonly protocol: ProtocolId;
  readonly rules: ConsensusRules<unknown>;
  readonly scope: SigningScope;
  /** Kinds of facts that it gets. */
  readonly facts: ReadonlySet<FactKind>;
}

/** An era with fresh rules. */
export interface FreshEra {
  readonly index: EraIndex;
  readonly fromHeight: Height;
  readonly production: FreshProtocol;
  readonly gadget: FreshProtocol | null;
}

/** Makes fresh rules for all eras. */
export function createFreshEras(
  world: Pick<World, 'eras' | 'plugins' | 'crypto' | 'createLedger'>,
): readonly FreshEra[] {
  const { chainId } = world.createLedger();
  const { sha256 } = world.crypto;
  const create = (name: string, raw: unknown, era: EraIndex): FreshProtocol => {
    const plugin = world.plugins.find((candidate) => candidate.name === name);
    if (plugin === undefined) {
      throw new SimulationError({ code: 'INVALID_OPTION', path: 'world.plugins', reason: `lacks ${name}` });
    }
    const protocol = protocolId(plugin);
    const rules = plugin.createRules(plugin.parseConfig(raw), { chainId, era, protocol, sha256 });
    const facts = new Set([...plugin.requires.facts, ...(plugin.requires.optionalFacts ?? [])]);
    return { plugin, protocol, rules, scope: { chainId, era, protocol }, facts };
  };
  return world.eras.map(({ fromHeight, production, finality }, index) => ({
    index,
    fromHeight,
    production: create(production.name, production.config, index),
    gadget: finality === undefined ? null : create(finality.name, finality.config, index),
  }));
}

/** The era of a height; genesis belongs to the first. */
export function eraAt(eras: readonly FreshEra[], height: Height): FreshEra {
  const era = eras.findLast(({ fromHeight }) => fromHeight <= Math.max(height, 1));
  if (era === undefined) {
    throw new SimulationError({ code: 'INVALID_OPTION', path: 'world.eras', reason: 'must start at height 1' });
  }
  return era;
}

/** The protocols of an era, production first. */
export function protocolsOf({ production, gadget }: FreshEra): readonly FreshProtocol[] {
  return gadget === null ? [production] : [production, gadget];
}
