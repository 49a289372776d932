import { expect, test } from 'vitest';
import { startTrio } from './fixtures/nodes.ts';

test('three round-robin validators produce, import and adopt one chain over the loop-back network', async () => {
  const { clock, nodes } = await startTrio();
  await clock.runUntil(10_500);

  const heads = nodes.map((node) => node.host.head());
  expect(heads.map((head) => head.header.height)).toEqual([10, 10, 10]);
  expect(new Set(heads.map((head) => head.header.id)).size).toBe(1);
  expect(new Set(nodes.map((node) => Buffer.from(node.host.consensusRoot()).toString('hex'))).size).toBe(1);
  for (const node of nodes) await node.host.stop();
  expect(clock.pending).toBe(0);
});
