/**
 * Reads plans of faults that come from files.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { Mutation, ProcessFault } from '../adversary/byzz-fuzz.ts';
import { STRATEGIES } from '../adversary/disguise.ts';
import { SimulationError } from '../errors.ts';
import { type NetworkConditions, requireConditions } from '../network/conditions.ts';
import type {
  FaultPlan,
  OutsideFate,
  PlannedAdversary,
  PlannedFault,
  PlannedTransaction,
  TimedFaultKind,
} from '../run/fault-plan.ts';
import {
  FAULT_MAX_PERMILLE as DISK_FAULT_MAX_PERMILLE,
  type DiskConditions,
  requireDiskConditions,
} from '../storage/conditions.ts';
import { booleanIn, field, integerIn, listIn, objectIn, oneOfIn, textIn } from './read-json.ts';

const NODES_MAX = 64;
const SLOTS_MAX = 100_000;
const ITEMS_MAX = 100_000;
const TIME_MAX_MS = 10_000_000_000;
const AMOUNT_MAX = 1_000_000_000;
const CLOCK_MAX_MS = 3_600_000;
const DRIFT_MAX_PPM = 10_000;
const PERMILLE_ALL = 1_000;
const KINDS: readonly TimedFaultKind[] = [
  'partition',
  'oneWay',
  'clog',
  'pause',
  'clock',
  'crash',
  'diskLoss',
  'diskError',
  'diskFull',
];
const MUTATIONS: readonly Mutation['kind'][] = ['number', 'swap', 'dropField', 'older', 'otherScope', 'omit'];
/** Places in a message, and older messages, are counted modulo what there is. */
const PLACE_MAX = 1_000_000;
const FATES: readonly OutsideFate[] = ['dead', 'cut', 'deaf', 'mute'];

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a plan.
 *
 * @throws {@link SimulationError} with `INVALID_OPTION` and the path of the first field that is missing or wrong.
 */
export function parseFaultPlan(value: unknown): FaultPlan {
  const plan = objectIn(value, 'plan');
  const nodes = integerIn(field(plan, 'nodes'), 'plan.nodes', 1, NODES_MAX);
  const nodeIn = (node: unknown, path: string): number => integerIn(node, path, 0, nodes - 1);
  const list = <T>(name: string, read: (item: unknown, path: string) => T): readonly T[] =>
    listIn(field(plan, name), `plan.${name}`, ITEMS_MAX, read);
  const { blocksMin } = plan;
  return {
    nodes,
    slots: integerIn(field(plan, 'slots'), 'plan.slots', 1, SLOTS_MAX),
    conditions: parseConditions(objectIn(field(plan, 'conditions'), 'plan.conditions'), nodes),
    disk: parseDisk(objectIn(field(plan, 'disk'), 'plan.disk')),
    faults: list('faults', (item, path) => parseFault(objectIn(item, path), path, nodes)),
    adversaries: list('adversaries', (item, path) => parseAdversary(objectIn(item, path), path, nodes)),
    workload: list('workload', (item, path) => parseTransaction(objectIn(item, path), path, nodes)),
    ...(blocksMin !== undefined && { blocksMin: integerIn(blocksMin, 'plan.blocksMin', 0, SLOTS_MAX) }),
    coreNodes: list('coreNodes', nodeIn),
    outside: list('outside', (item, path) => {
      const record = objectIn(item, path);
      const node = nodeIn(field(record, 'node'), `${path}.node`);
      return { node, fate: oneOfIn(field(record, 'fate'), `${path}.fate`, FATES) };
    }),
  };
}

/** Their shape; the ranges are those of the network. */
function parseConditions(conditions: Json, nodes: number): NetworkConditions {
  for (const name of ['delayMs', 'delay', 'bandwidth']) {
    if (conditions[name] !== undefined) objectIn(conditions[name], `plan.conditions.${name}`);
  }
  const { bandwidth } = conditions as NetworkConditions;
  if (bandwidth !== undefined) listIn(bandwidth.nodes, 'plan.conditions.bandwidth.nodes', nodes, textIn);
  requireConditions(conditions);
  return conditions;
}

function parseDisk(disk: Json): DiskConditions {
  const { syncMs, isAtomic } = disk;
  if (syncMs !== undefined) objectIn(syncMs, 'plan.disk.syncMs');
  if (isAtomic !== undefined) booleanIn(isAtomic, 'plan.disk.isAtomic');
  requireDiskConditions(disk);
  return disk;
}

function parseFault(fault: Json, path: string, nodes: number): PlannedFault {
  const integer = (name: string, min: number, max: number): number =>
    integerIn(field(fault, name), `${path}.${name}`, min, max);
  const node = (name: string): number => integer(name, 0, nodes - 1);
  const permille = (name: string, max = PERMILLE_ALL): number => integer(name, 0, max);
  const at: Millis = integer('at', 0, TIME_MAX_MS);
  const until = (): Millis => integer('until', at, TIME_MAX_MS);
  const untilOrNever = (): Millis | null => (field(fault, 'until') === null ? null : until());
  const nodesIn = (value: unknown, at: string) =>
    listIn(value, at, nodes, (item, where) => integerIn(item, where, 0, nodes - 1));
  const kind = oneOfIn(field(fault, 'kind'), `${path}.kind`, KINDS);
  switch (kind) {
    case 'partition':
      return {
        kind,
        at,
        until: untilOrNever(),
        groups: requireDisjoint(listIn(field(fault, 'groups'), `${path}.groups`, nodes, nodesIn), `${path}.groups`),
      };
    case 'oneWay':
      return { kind, at, until: untilOrNever(), links: parseLinks(field(fault, 'links'), `${path}.links`, nodes) };
    case 'clog':
      return { kind, at, until: until(), from: node('from'), to: node('to') };
    case 'pause':
    case 'diskLoss':
      return { kind, at, until: until(), node: node('node') };
    case 'clock': {
      const offsetMs = integer('offsetMs', -CLOCK_MAX_MS, CLOCK_MAX_MS);
      return { kind, at, node: node('node'), offsetMs, driftPpm: integer('driftPpm', -DRIFT_MAX_PPM, DRIFT_MAX_PPM) };
    }
    case 'crash': {
      const isTorn = booleanIn(field(fault, 'isTorn'), `${path}.isTorn`);
      const { duringWrite } = fault;
      return {
        kind,
        at,
        until: untilOrNever(),
        node: node('node'),
        damagePermille: permille('damagePermille'),
        isTorn,
        ...(duringWrite !== undefined && { duringWrite: booleanIn(duringWrite, `${path}.duringWrite`) }),
      };
    }
    case 'diskError':
    case 'diskFull': {
      const [readPermille, writePermille, misdirectPermille] = [
        permille('readPermille', DISK_FAULT_MAX_PERMILLE),
        permille('writePermille', DISK_FAULT_MAX_PERMILLE),
        permille('misdirectPermille', DISK_FAULT_MAX_PERMILLE),
      ];
      return { kind, at, until: until(), node: node('node'), readPermille, writePermille, misdirectPermille };
    }
  }
}

function requireDisjoint(groups: readonly (readonly number[])[], path: string): readonly (readonly number[])[] {
  const all = groups.flat();
  if (new Set(all).size === all.length) return groups;
  throw new SimulationError({ code: 'INVALID_OPTION', path, reason: 'has a node twice' });
}

function parseLinks(value: unknown, path: string, nodes: number): readonly { from: number; to: number }[] {
  return listIn(value, path, nodes * nodes, (item, at) => {
    const link = objectIn(item, at);
    const end = (name: string): number => integerIn(field(link, name), `${at}.${name}`, 0, nodes - 1);
    return { from: end('from'), to: end('to') };
  });
}

function parseAdversary(adversary: Json, path: string, nodes: number): PlannedAdversary {
  const { also, mutations } = adversary;
  return {
    node: integerIn(field(adversary, 'node'), `${path}.node`, 0, nodes - 1),
    strategy: oneOfIn(field(adversary, 'strategy'), `${path}.strategy`, STRATEGIES),
    ...(also !== undefined && { also: oneOfIn(also, `${path}.also`, STRATEGIES) }),
    ...(mutations !== undefined && { mutations: listIn(mutations, `${path}.mutations`, ITEMS_MAX, parseMutation) }),
  };
}

function parseMutation(value: unknown, path: string): ProcessFault {
  const fault = objectIn(value, path);
  const at = integerIn(field(fault, 'at'), `${path}.at`, 0, TIME_MAX_MS);
  return {
    at,
    until: integerIn(field(fault, 'until'), `${path}.until`, at, TIME_MAX_MS),
    recipients: listIn(field(fault, 'recipients'), `${path}.recipients`, ITEMS_MAX, (name, where) =>
      textIn(name, where),
    ),
    mutation: parseChange(objectIn(field(fault, 'mutation'), `${path}.mutation`), `${path}.mutation`),
  };
}

function parseChange(mutation: Json, path: string): Mutation {
  const natural = (name: string): number => integerIn(field(mutation, name), `${path}.${name}`, 0, PLACE_MAX);
  const kind = oneOfIn(field(mutation, 'kind'), `${path}.kind`, MUTATIONS);
  switch (kind) {
    case 'number': {
      const { delta } = mutation;
      if (delta === 1 || delta === -1) return { kind, place: natural('place'), delta };
      throw new SimulationError({ code: 'INVALID_OPTION', path: `${path}.delta`, reason: 'must be 1 or -1' });
    }
    case 'swap':
      return { kind, place: natural('place'), back: natural('back') };
    case 'dropField':
      return { kind, place: natural('place') };
    case 'older':
      return { kind, back: natural('back') };
    case 'otherScope':
      return { kind, scope: oneOfIn(field(mutation, 'scope'), `${path}.scope`, ['chain', 'era']) };
    case 'omit':
      return { kind };
  }
}

function parseTransaction(transaction: Json, path: string, nodes: number): PlannedTransaction {
  const integer = (name: string, min: number, max: number): number =>
    integerIn(field(transaction, name), `${path}.${name}`, min, max);
  return {
    at: integer('at', 0, TIME_MAX_MS),
    node: integer('node', 0, nodes - 1),
    kind: oneOfIn(field(transaction, 'kind'), `${path}.kind`, ['transfer', 'topUp', 'ballot']),
    to: integer('to', 0, nodes - 1),
    amount: integer('amount', 1, AMOUNT_MAX),
  };
}
