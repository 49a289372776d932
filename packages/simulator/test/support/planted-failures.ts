/** Protocols with one fault each that only shows when something else goes wrong. */
import type { ConsensusEngine, ConsensusPlugin, Effect, Input, Millis } from '@fiducia/consensus';
import type { Subject } from '../../src/index.ts';
import { createSubject } from './fault-subjects.ts';

/** What an engine sees and does, as a planted fault may change it. */
type Fault = () => (
  call: (input: Input<unknown>, now: Millis) => readonly Effect[],
  input: Input<unknown>,
  now: Millis,
) => readonly Effect[];

function withFault(name: string, fault: Fault, atStart: (start: { head: { header: { height: number } } }) => boolean) {
  return (protocol: string): Subject => {
    const subject = createSubject(protocol);
    const { plugin } = subject.production;
    const wrapped: ConsensusPlugin = {
      ...plugin,
      createEngine(config, rules, context): ConsensusEngine<unknown> {
        const engine = plugin.createEngine?.(config, rules, context);
        if (engine === undefined) throw new Error('no engine');
        const on = fault();
        let isMute = false;
        return {
          start(start, now) {
            isMute = atStart(start);
            return isMute ? [] : engine.start(start, now);
          },
          on: (input, now) => (isMute ? [] : on((same, at) => engine.on(same, at), input, now)),
        };
      },
    };
    return { ...subject, name: `${protocol}-${name}`, production: { ...subject.production, plugin: wrapped } };
  };
}

const never = (): boolean => false;
const heightOf = (input: Input<unknown>): number | null =>
  input.kind === 'headChanged' ? input.head.header.height : null;

/** Planted faults by name, and the invariant that each breaks. */
export const PLANTED: readonly {
  readonly name: string;
  readonly invariant: 'E6' | 'I10';
  readonly subjectOf: (protocol: string) => Subject;
  /** Seeds of round-robin with four nodes that showed it, the first ones: to look for them takes longer than all else. */
  readonly seeds: readonly number[];
}[] = [
  {
    name: 'fails when its branch is left',
    invariant: 'E6',
    seeds: [1, 2, 3, 4, 5],
    subjectOf: withFault(
      'reorganisation',
      () => {
        let last = '';
        return (call, input, now) => {
          if (input.kind === 'headChanged') {
            const { id, parentId, height } = input.head.header;
            if (last !== '' && parentId !== last && height > 3) throw new Error('left its branch');
            last = id;
          }
          return call(input, now);
        };
      },
      never,
    ),
  },
  {
    name: 'does nothing after a restart',
    invariant: 'I10',
    seeds: [75, 176, 203, 273, 313],
    subjectOf: withFault(
      'restart',
      () => (call, input, now) => call(input, now),
      ({ head }) => head.header.height > 2,
    ),
  },
  {
    name: 'fails when slots stay empty',
    invariant: 'E6',
    seeds: [10, 11, 16, 19, 21],
    subjectOf: withFault(
      'gap',
      () => {
        let last = 0;
        return (call, input, now) => {
          if (input.kind === 'headChanged') {
            const { timestamp, height } = input.head.header;
            if (last > 0 && timestamp - last > 4_000 && height > 2) throw new Error('a long gap');
            last = timestamp;
          }
          return call(input, now);
        };
      },
      never,
    ),
  },
  {
    name: 'fails when it hears of a block late',
    invariant: 'E6',
    seeds: [1, 2, 3, 4, 5],
    subjectOf: withFault(
      'late',
      () => (call, input, now) => {
        if (heightOf(input) !== null && input.kind === 'headChanged' && now - input.head.header.timestamp > 3_000) {
          if (input.head.header.height > 0) throw new Error('a late block');
        }
        return call(input, now);
      },
      never,
    ),
  },
];
