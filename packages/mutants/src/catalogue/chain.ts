/**
 * Bugs of the protocols with slots: MUT-24 to MUT-30.
 *
 * @module
 */
import { kit, type Patch, scenario, simulate } from '../mutant.ts';

const POS = 'consensus-pos';
const DPOS = 'consensus-dpos';
const DT_DPOS = 'consensus-dt-dpos';

/** MUT-24 and MUT-25: who is elected. */
const ELECTIONS: readonly Patch[] = [
  {
    id: 'MUT-24/pos',
    appliesTo: 'pos',
    title: 'stake snapshot taken after the seed is known',
    edits: [
      {
        file: `${POS}/src/lottery.ts`,
        find: 'snapshots = [snapshots[1], snapshots[2], next];',
        replace: 'snapshots = [next, next, next];',
      },
    ],
    killers: [scenario(`${POS}/test/epochs.test.ts`, 'pos-pow S1: bonded stake counts from the third epoch')],
  },
  {
    id: 'MUT-24/dpos',
    appliesTo: 'dpos',
    title: 'stake snapshot taken after the seed is known',
    edits: [
      {
        file: `${DPOS}/src/transition.ts`,
        find: '[crossings === 1 ? upcoming[1] : elected, elected];',
        replace: '[elected, elected];',
      },
    ],
    killers: [scenario(`${DPOS}/test/tally.test.ts`, 'epoch x is elected by the snapshot at the end of epoch x-3')],
  },
  {
    id: 'MUT-24/dt-dpos',
    appliesTo: 'dt-dpos',
    title: 'stake snapshot taken after the seed is known',
    edits: [
      {
        file: `${DT_DPOS}/src/beacon.ts`,
        find: 'return { members: due, seed: seeds.nextSeed',
        replace: 'return { members, seed: seeds.nextSeed',
      },
    ],
    killers: [
      scenario(
        `${DT_DPOS}/test/beacon.test.ts`,
        'randomness-vrf R6: candidates are fixed before their seed > trust E3: what happens in an epoch changes no committee',
      ),
    ],
  },
  {
    id: 'MUT-25/pos',
    appliesTo: 'pos',
    title: 'candidate order by receipt (unstable sort)',
    edits: [
      {
        file: `${POS}/src/snapshot.ts`,
        find: 'eligible.sort((a, b) => (a.stake === b.stake ? compareActors(a.id, b.id) : a.stake > b.stake ? -1 : 1));',
        replace: 'eligible.sort((a, b) => (a.stake === b.stake ? 0 : a.stake > b.stake ? -1 : 1));',
      },
      {
        file: `${POS}/src/snapshot.ts`,
        find: '.toSorted((a, b) => compareActors(a.id, b.id))',
        replace: '',
      },
    ],
    killers: [
      scenario(
        `${POS}/test/lottery.test.ts`,
        'pos-pow A5: does not depend on the order in which validators became known',
      ),
      scenario(`${POS}/test/epochs.test.ts`, 'holds the largest stakes, ties by address'),
    ],
  },
  {
    id: 'MUT-25/dpos',
    appliesTo: 'dpos',
    title: 'candidate order by receipt (unstable sort)',
    edits: [
      { file: `${DPOS}/src/tally.ts`, find: '  return compareActors(a.id, b.id);\n', replace: '  return -1;\n' },
      {
        file: `${DPOS}/src/schedule.ts`,
        find: 'shuffle(members.toSorted(compareActors), new',
        replace: 'shuffle(members, new',
      },
    ],
    killers: [
      scenario(`${DPOS}/test/tally.test.ts`, 'equal votes are decided by address, whatever the order of admission'),
    ],
  },
  {
    id: 'MUT-25/dt-dpos',
    appliesTo: 'dt-dpos',
    title: 'candidate order by receipt (unstable sort)',
    edits: [
      {
        file: `${DT_DPOS}/src/epoch.ts`,
        find: 'const changes = sortedEntries(queued).map(([, change]) => change);',
        replace: 'const changes = [...queued.entries()].map(([, change]) => change).reverse();',
      },
      {
        file: `${DT_DPOS}/src/election.ts`,
        find: 'if (weightAt(middle) >= weight) low',
        replace: 'if (weightAt(middle) > weight) low',
      },
    ],
    killers: [
      scenario(`${DT_DPOS}/test/election.test.ts`, 'mode top takes the heaviest, lower index first among equals'),
    ],
  },
];

const KEY = 'return slot === undefined ? undefined : ';
const FUTURE = 'if (header.timestamp > now';

/** MUT-26: two headers for one slot. */
const DOUBLE_PRODUCTION: readonly Patch[] = [
  {
    id: 'MUT-26/pos',
    appliesTo: 'pos',
    title: 'double production ignored',
    edits: [
      { file: `${POS}/src/rules.ts`, find: KEY, replace: 'return slot === undefined || slot >= 0 ? undefined : ' },
    ],
    killers: [scenario(`${POS}/test/offences.test.ts`, 'have one conflict key, and no two slots share one')],
  },
  {
    id: 'MUT-26/dpos',
    appliesTo: 'dpos',
    title: 'double production ignored',
    edits: [
      { file: `${DPOS}/src/rules.ts`, find: KEY, replace: 'return slot === undefined || slot >= 0 ? undefined : ' },
    ],
    killers: [
      scenario(`${DPOS}/test/rules.test.ts`, 'have one key per author and slot, whatever the height'),
      kit('dpos', 'CK-16'),
    ],
  },
  {
    id: 'MUT-26/dt-dpos',
    appliesTo: 'dt-dpos',
    title: 'double production ignored',
    edits: [
      { file: `${DT_DPOS}/src/rules.ts`, find: KEY, replace: 'return slot === undefined || slot >= 0 ? undefined : ' },
    ],
    killers: [
      scenario(
        `${DT_DPOS}/test/header.test.ts`,
        'settles after two thirds of the seats plus one, and conflicts by author and slot',
      ),
    ],
  },
];

/** MUT-27 and MUT-28: what a header may claim. */
const HEADERS: readonly Patch[] = [
  {
    id: 'MUT-27/pos',
    appliesTo: 'pos',
    title: 'VRF proof not bound to the slot',
    edits: [
      {
        file: `${POS}/src/lottery.ts`,
        find: 'alpha: slotAlpha(context.chainId, seed, slot) }',
        replace: 'alpha: slotAlpha(context.chainId, seed, 0) }',
      },
    ],
    killers: [scenario(`${POS}/test/header.test.ts`, 'pos-pow L3: a proof for another slot is claimed for this one')],
  },
  {
    id: 'MUT-27/dpos',
    appliesTo: 'dpos',
    title: 'VRF proof not bound to the slot',
    edits: [
      {
        file: `${DPOS}/src/seed.ts`,
        find: '? slotAlpha(chainId, seed, slot) : undefined',
        replace: '? slotAlpha(chainId, seed, 0) : undefined',
      },
    ],
    killers: [
      scenario(
        `${DPOS}/test/vrf.test.ts`,
        'claims that the delegate evaluated seed and slot under the key of its election',
      ),
    ],
  },
  {
    id: 'MUT-27/dt-dpos',
    appliesTo: 'dt-dpos',
    title: 'VRF proof not bound to the slot',
    edits: [
      {
        file: `${DT_DPOS}/src/beacon.ts`,
        find: 'slotAlpha(chainId, beacon.seeds.seed, slot);',
        replace: 'slotAlpha(chainId, beacon.seeds.seed, 0);',
      },
    ],
    killers: [
      scenario(
        `${DT_DPOS}/test/beacon.test.ts`,
        'claims that the author evaluated seed and slot under the key of its seat',
      ),
    ],
  },
  {
    id: 'MUT-28/pos-future',
    appliesTo: 'pos',
    title: 'block of a future slot accepted',
    edits: [
      { file: `${POS}/src/rules.ts`, find: FUTURE, replace: 'if (header.timestamp < 0 && header.timestamp > now' },
    ],
    killers: [
      scenario(
        `${POS}/test/header.test.ts`,
        'may lie ahead by half a slot; from further in the future it is kept and judged again',
      ),
    ],
  },
  {
    id: 'MUT-28/dpos-future',
    appliesTo: 'dpos',
    title: 'block of a future slot accepted',
    edits: [
      { file: `${DPOS}/src/rules.ts`, find: FUTURE, replace: 'if (header.timestamp < 0 && header.timestamp > now' },
    ],
    killers: [scenario(`${DPOS}/test/rules.test.ts`, 'of the future wait until they are close enough')],
  },
  {
    id: 'MUT-28/dt-dpos-future',
    appliesTo: 'dt-dpos',
    title: 'block of a future slot accepted',
    edits: [
      { file: `${DT_DPOS}/src/rules.ts`, find: FUTURE, replace: 'if (header.timestamp < 0 && header.timestamp > now' },
    ],
    killers: [
      scenario(`${DT_DPOS}/test/header.test.ts`, 'checks in the order of S5: digest, slot, progress, time, leader'),
    ],
  },
  {
    id: 'MUT-28/pos-foreign',
    appliesTo: 'pos',
    title: 'block of a foreign slot accepted',
    edits: [
      {
        file: `${POS}/src/rules.ts`,
        find: "if (header.author !== leader.id) return reject('WRONG_LEADER');",
        replace: '',
      },
    ],
    killers: [
      scenario(`${POS}/test/lottery.test.ts`, 'pos-pow L2: each slot has one leader, and an unused slot stays empty'),
    ],
  },
  {
    id: 'MUT-28/dpos-foreign',
    appliesTo: 'dpos',
    title: 'block of a foreign slot accepted',
    edits: [
      {
        file: `${DPOS}/src/rules.ts`,
        find: "if (header.author !== right.delegate) return reject('WRONG_DELEGATE');",
        replace: '',
      },
    ],
    killers: [scenario(`${DPOS}/test/rules.test.ts`, 'in the slot of another delegate are invalid')],
  },
  {
    id: 'MUT-28/dt-dpos-foreign',
    appliesTo: 'dt-dpos',
    title: 'block of a foreign slot accepted',
    edits: [
      {
        file: `${DT_DPOS}/src/rules.ts`,
        find: "if (header.author !== leader.id) return reject('WRONG_LEADER');",
        replace: '',
      },
    ],
    killers: [scenario(`${DT_DPOS}/test/header.test.ts`, 'every member but the leader is a wrong leader')],
  },
];

/** MUT-29 and MUT-30: who pays for empty slots. */
const MISSES: readonly Patch[] = [
  {
    id: 'MUT-29/dpos',
    appliesTo: 'dpos',
    title: 'misses charged before election',
    edits: [
      {
        file: `${DPOS}/src/transition.ts`,
        find: 'records = countMisses(records, span, { from, until }, state, schedule, config);',
        replace: `const charged = { ...span, election: last.election, promotions: last.promotions };
    records = countMisses(records, charged, { from, until }, state, schedule, config);`,
      },
      {
        file: `${DPOS}/src/misses.ts`,
        find: 'if (!served.has(actor) || !elected.has(actor)) carried',
        replace: 'if (!served.has(actor) && !elected.has(actor)) carried',
      },
    ],
    killers: [
      scenario(`${DPOS}/test/misses.test.ts`, 'a delegate elected mid-window is not charged for earlier slots'),
    ],
  },
  {
    id: 'MUT-29/dt-dpos',
    appliesTo: 'dt-dpos',
    title: 'misses charged before election',
    edits: [
      {
        file: `${DT_DPOS}/src/facts.ts`,
        find: 'for (const seat of missed) tallyOf(seat.index).missed++;',
        replace: `const next = state.upcoming[0]?.seats ?? [];
  for (const seat of missed) tallyOf(next[state.election.seats.indexOf(seat)]?.index ?? seat.index).missed++;`,
      },
    ],
    killers: [
      scenario(
        `${DT_DPOS}/test/profile-default.test.ts`,
        'against the reference model (trust T3, P1 to P3, E1 to E5, S1, F2, F9, X2 to X4, X9) > as it is',
      ),
    ],
  },
  {
    id: 'MUT-30/dpos',
    appliesTo: 'dpos',
    title: 'missed slots not charged when the head reorganises',
    edits: [
      {
        file: `${DPOS}/src/transition.ts`,
        find: "/** The parent's state moved to the moment before a block in `slot`. */",
        replace: `const chargedBy = new WeakMap<Schedule, Set<Slot>>();

/** The parent's state moved to the moment before a block in \`slot\`. */`,
      },
      {
        file: `${DPOS}/src/transition.ts`,
        find: '    records: countMisses(records, last, { from, until: slot }, state, schedule, config),',
        replace: '    records: charge(),',
      },
      {
        file: `${DPOS}/src/transition.ts`,
        find: 'const { number, firstSlot, firstRound, election } = last;\n',
        replace: `const { number, firstSlot, firstRound, election } = last;
  const charged = chargedBy.get(schedule) ?? new Set<Slot>();
  chargedBy.set(schedule, charged);
  const charge = () => {
    if (charged.has(from)) return records;
    if (from < slot) charged.add(from);
    return countMisses(records, last, { from, until: slot }, state, schedule, config);
  };
`,
      },
    ],
    killers: [
      scenario(`${DPOS}/test/codec.property.test.ts`, 'a decoded state goes on exactly like the original'),
      simulate('dpos', 'I13'),
    ],
  },
  {
    id: 'MUT-30/dt-dpos',
    appliesTo: 'dt-dpos',
    title: 'missed slots not charged when the head reorganises',
    edits: [
      {
        file: `${DT_DPOS}/src/transition.ts`,
        find: 'const activity = collectActivity(state, header, run.leaders.slice(0, -1), facts, config, context.sha256);',
        replace: `const charged = chargedBy.get(context) ?? new Set<number>();
  chargedBy.set(context, charged);
  const isCharged = charged.has(state.slot + 1);
  if (slot > state.slot + 1) charged.add(state.slot + 1);
  const activity = collectActivity(state, header, isCharged ? [] : run.leaders.slice(0, -1), facts, config, context.sha256);`,
      },
      {
        file: `${DT_DPOS}/src/transition.ts`,
        find: 'const SEED_BYTES = 32;',
        replace: 'const SEED_BYTES = 32;\nconst chargedBy = new WeakMap<SeedContext, Set<number>>();',
      },
    ],
    killers: [scenario(`${DT_DPOS}/test/facts.test.ts`, 'each leader of an empty slot before a block misses it')],
  },
];

/** Bugs of the protocols with slots. */
export const CHAIN_MUTANTS: readonly Patch[] = [...ELECTIONS, ...DOUBLE_PRODUCTION, ...HEADERS, ...MISSES];
