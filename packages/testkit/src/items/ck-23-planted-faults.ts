/**
 * The kit notices faults that were planted into its reference plugins (contract CK-23).
 *
 * This is a requirement on the kit and not on the plugin, so it runs only when it is asked for by name.
 *
 * @module
 */
import { KitContext } from '../context.ts';
import { Findings, type ItemId, type KitItem, skipped } from '../item.ts';
import { PLANTED_FAULTS, type PlantedFault } from '../reference/planted-faults.ts';

const SLOT_MS = 1_000;

/** The requirement, over the others. */
export function createPlantedFaultsItem(items: readonly KitItem[]): KitItem {
  return {
    id: 'CK-23',
    title: 'the kit fails on each of the faults planted into its reference plugins',
    level: 'engine',
    async run(context) {
      if (!context.isAskedFor('CK-23')) return skipped('concerns the kit and not the plugin: ask for it by name');
      const findings = new Findings();
      for (const fault of PLANTED_FAULTS) {
        findings.count('planted faults');
        if (await isNoticed(fault, itemOf(items, fault.item), context.seed)) continue;
        const message = `${fault.item} does not notice a plugin that ${fault.name}`;
        findings.add({ rule: 'contract CK-23', message, trace: [], seed: context.seed });
      }
      return findings.outcome();
    },
  };
}

async function isNoticed({ plugin }: PlantedFault, item: KitItem, seed: number): Promise<boolean> {
  const production = { plugin: plugin(), config: { slotMs: SLOT_MS } };
  const context = new KitContext({ name: 'planted', production, slotMs: SLOT_MS }, [seed]);
  return (await item.run(context)).kind === 'failure';
}

function itemOf(items: readonly KitItem[], id: ItemId): KitItem {
  const item = items.find((candidate) => candidate.id === id);
  if (item === undefined) throw new RangeError(`there is no item ${id}`);
  return item;
}
