/**
 * ByzzFuzz (OOPSLA 2023, doi 10.1145/3586053): few faults, small changes, real messages.
 *
 * What goes wrong is drawn first, as plain data, so that a failing run can be repeated with fewer faults.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { RandomStream } from '../random.ts';

/** A small change to a message; what it refers to is counted modulo what there is. */
export type Mutation =
  /** A height, round, checkpoint, kind or count becomes greater or smaller by one. */
  | { readonly kind: 'number'; readonly place: number; readonly delta: 1 | -1 }
  /** A digest, identity or signature becomes another one that was seen, the `back`-th newest. */
  | { readonly kind: 'swap'; readonly place: number; readonly back: number }
  /** A digest, identity or signature is left out. */
  | { readonly kind: 'dropField'; readonly place: number }
  /** The message says what an older one of its author said, the `back`-th newest of them. */
  | { readonly kind: 'older'; readonly back: number }
  /** The signature belongs to another chain, or to the next era. */
  | { readonly kind: 'otherScope'; readonly scope: 'chain' | 'era' }
  /** The message is not sent. */
  | { readonly kind: 'omit' };

/** A time in which the machine changes what it sends. */
export interface ProcessFault {
  /** Since when, in milliseconds from the first start of the machine. */
  readonly at: Millis;
  /** Until when. */
  readonly until: Millis;
  /** Who gets the changed message; others get the true one. */
  readonly recipients: readonly string[];
  /** How it is changed. */
  readonly mutation: Mutation;
}

/** A time in which a part of the network is cut off from the rest. */
export interface NetworkFault {
  /** Since when, in milliseconds from the start of the run. */
  readonly at: Millis;
  /** Until when. */
  readonly until: Millis;
  /** Names of the machines of one part; all others form the other. */
  readonly group: readonly string[];
}

/** All faults of one run. Plain JSON; leaving out entries gives a smaller run. */
export interface ByzzFuzzPlan {
  /** At most three; they concern the whole network, so whoever runs it carries them out. */
  readonly networkFaults: readonly NetworkFault[];
  /** At most three; the `mutate` strategy carries them out. */
  readonly processFaults: readonly ProcessFault[];
}

/** What a plan is drawn from. */
export interface ByzzFuzzOptions {
  /** Usually of the stream `adversary/index`. */
  readonly random: RandomStream;
  /** Names of all machines. */
  readonly nodes: readonly string[];
  /** Duration of a slot or round; each fault lasts one to six of them. */
  readonly slotMs: Millis;
  /** Slots over which the faults are spread. */
  readonly slots: number;
}

/** Most faults of each kind: d and c of the paper. */
const FAULTS_MAX = 3;

/** Every node leads a slot once in a while; a fault that lasts so long meets one. */
const FAULT_SLOTS_MAX = 6;

/** Draws up to three network faults and one to three process faults. */
export function drawByzzFuzz(options: ByzzFuzzOptions): ByzzFuzzPlan {
  const { random } = options;
  const networkFaults = drawTimes(options, random.integer(0, FAULTS_MAX)).map((time) => {
    return { ...time, group: drawSome(random, options.nodes) };
  });
  const processFaults = drawTimes(options, random.integer(1, FAULTS_MAX)).map((time) => {
    return { ...time, recipients: drawSome(random, options.nodes), mutation: drawMutation(random) };
  });
  return { networkFaults, processFaults };
}

/** Draws one small change; numbers are the most fruitful, so they come most often. */
export function drawMutation(random: RandomStream): Mutation {
  const place = random.integer(0, 1_023);
  const back = random.integer(0, 7);
  const coin = random.chance(500);
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return { kind: 'number', place, delta: coin ? 1 : -1 };
    case 4:
    case 5:
      return { kind: 'swap', place, back };
    case 6:
      return { kind: 'dropField', place };
    case 7:
      return { kind: 'older', back };
    case 8:
      return { kind: 'otherScope', scope: coin ? 'chain' : 'era' };
    default:
      return { kind: 'omit' };
  }
}

function drawTimes(
  { random, slotMs, slots }: ByzzFuzzOptions,
  count: number,
): readonly { at: Millis; until: Millis }[] {
  const times = Array.from({ length: count }, () => {
    const at = random.integer(0, slots) * slotMs;
    return { at, until: at + random.integer(1, FAULT_SLOTS_MAX) * slotMs };
  });
  return times.sort((a, b) => a.at - b.at);
}

/** At least one of them. */
function drawSome(random: RandomStream, nodes: readonly string[]): readonly string[] {
  const some = nodes.filter(() => random.chance(500));
  const any = nodes[random.integer(0, nodes.length - 1)];
  return some.length > 0 || any === undefined ? some : [any];
}
