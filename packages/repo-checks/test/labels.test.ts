import { describe, expect, it } from 'vitest';
import { citationsIn, labelsOf } from '../src/labels.ts';
import { testTitlesOf } from '../src/syntax.ts';

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

describe('titles of tests', () => {
  it.each([
    ["it('a title', run)", ['a title']],
    ["test('a title', run)", ['a title']],
    ["describe('a group', () => { it('a title', run); })", ['a group', 'a title']],
    ["describe.skipIf(missing)('a group', run)", ['a group']],
    ["it.each([['a row', 1]])('a title: %s', run)", ['a title: %s']],
    ["it.each`a row`('a title', run)", ['a title']],
    ["it.only.each(cases)('a title', run)", ['a title']],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the text of a test file
    ['it(`a title of ${count}`, run)', ['`a title of ${count}`']],
    ["expect(it).toBe('no title'); run('no title'); it(title, run); // it('no title')", []],
  ])('are found in %s', (text, titles) => {
    expect(testTitlesOf('a.test.ts', text)).toEqual(titles);
  });
});
