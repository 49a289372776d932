import { describe, expect, it } from 'vitest';
import { citationsIn, labelsOf } from '../src/labels.ts';

describe('labels of a specification', () => {
  it('are found in bold text, in the first cell of a table and at the start of a formula', () => {
    const text = '- **F8 Round vote.** It …\n| TX1 | registerParticipant |\nA1  behaviourFactor = …\nsee F9';
    expect([...labelsOf(text)].sort()).toEqual(['A1', 'F8', 'TX1']);
  });
});

describe('citations in code and tests', () => {
  it.each([
    ['trust F8: round vote', ['trust F8']],
    ['trust F8, F9 and S1', ['trust F8', 'trust F9', 'trust S1']],
    ['trust S4–S7', ['trust S4', 'trust S5', 'trust S6', 'trust S7']],
    ['contract H-27', ['contract H-27']],
    ['docs/spec/trust.md, rule D2', ['trust D2']],
    ['no rule of trust here, F8 alone', []],
  ])('%s', (text, expected) => {
    expect([...citationsIn(text, ['trust', 'contract'])].sort()).toEqual(expected);
  });
});
