import { describe, expect, it } from 'vitest';
import { measureFinalityCost } from '../src/finality/cost.ts';
import { countPbftMessages } from '../src/finality/pbft-messages.ts';
import { formatFinality } from '../src/finality/report.ts';

describe('pbft section 10 on whole nodes', () => {
  it.each([4, 7, 10])(
    'a block of %i validators takes 2n² − n − 1 messages, and one node announces it',
    async (seats) => {
      const counted = await countPbftMessages(seats, 4);
      expect(counted.messagesPerBlock).toBe(2 * seats * seats - seats - 1);
      expect(counted).toMatchObject({ seats, formula: counted.messagesPerBlock, announcementsPerBlock: seats - 1 });
      expect(counted.announcementBytesPerBlock).toBeLessThan(counted.messageBytesPerBlock);
    },
  );
});

describe('finality-checkpoint section 9: what finality costs DT-DPoS', () => {
  it('four seats that finalise each block, beside the same chain without finality', async () => {
    const run = { seats: 4, blocks: 12, votesInRounds: true };
    const without = await measureFinalityCost({ ...run, every: null });
    const with1 = await measureFinalityCost({ ...run, every: 1 });
    expect(without).toMatchObject({ blocks: 12, certificateBytesPerBlock: 0, finalityMeanSlots: null });
    expect(with1.finalityMaxSlots).toBeLessThan(3);
    expect(with1.finalityMeanSlots).toBeGreaterThan(2);
    // One certificate of three signatures in each block: more than that, and a link would be certified twice.
    expect(with1.certificateBytesPerBlock).toBeGreaterThan(3 * 97);
    expect(with1.certificateBytesPerBlock).toBeLessThan(700);
    // A vote of each of the others, and a proof of one node.
    const added = with1.receivedMessagesPerBlock - without.receivedMessagesPerBlock;
    expect(added).toBeGreaterThan(3);
    expect(added).toBeLessThan(4.5);
    expect(formatFinality({ cost: [without, with1], pbft: [] })).toContain('| seats | every | blocks |');
  });
});
