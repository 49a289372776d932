// How fast the rules are, on blocks of a network without faults: npm run bench
import { createHash } from 'node:crypto';
import type { ConsensusPlugin, ConsensusRules } from '@fiducia/consensus';
import { type FaultPlan, runFaultPlan } from '@fiducia/simulator';
import { subject } from '../test/subject.ts';

const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());

type Verify = Parameters<ConsensusRules<unknown>['verifyHeader']>;

/** What the rules of the first node are asked, with the rules to ask again. */
const asked: Verify[] = [];
let rules: ConsensusRules<unknown> | undefined;

const { plugin, config } = subject.production;
const observed: ConsensusPlugin = {
  ...plugin,
  createRules(parsed, context) {
    const created = plugin.createRules(parsed, context);
    rules ??= created;
    const verifyHeader = (...call: Verify) => {
      if (created === rules) asked.push(call);
      return created.verifyHeader(...call);
    };
    return { ...created, verifyHeader };
  },
};

const SLOTS = 200;
const coreNodes = [0, 1, 2, 3];
const calm = { conditions: {}, disk: {}, faults: [], adversaries: [], workload: [], outside: [] };
const plan: FaultPlan = { nodes: coreNodes.length, slots: SLOTS, coreNodes, ...calm };

const startedAt = performance.now();
const { blocks } = await runFaultPlan({
  subject: { ...subject, production: { plugin: observed, config } },
  seed: 1,
  plan,
  invariants: [],
  sha256,
});
const seconds = (performance.now() - startedAt) / 1_000;
console.log(`${coreNodes.length} nodes, ${SLOTS} slots: ${blocks} blocks in ${seconds.toFixed(2)} s`);

if (rules === undefined || asked.length === 0) throw new Error('the network judged no header');
const { verifyHeader, applyHeader, codec } = rules;
measure('verifyHeader', ([header, parent, now]) => verifyHeader(header, parent, now));
measure('applyHeader', ([header, parent]) => applyHeader(parent.state, header, []));
measure('encode and decode a state', ([, parent]) => codec.decode([...codec.encode(parent.state)]));

/** Calls for half a second, after a tenth of a second in which the runtime learns. */
function measure(name: string, run: (call: Verify) => unknown): void {
  let result: unknown;
  const loop = (millis: number): number => {
    const until = performance.now() + millis;
    let calls = 0;
    for (; performance.now() < until; calls += asked.length) for (const call of asked) result = run(call);
    return calls;
  };
  loop(100);
  const calls = loop(500) * 2;
  // A result that nobody reads need not be computed.
  if (result === undefined) throw new Error(`${name} returned nothing`);
  console.log(`${name}: ${Math.round(calls)} in a second`);
}
