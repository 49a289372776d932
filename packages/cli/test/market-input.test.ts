import { describe, expect, it } from 'vitest';
import { isFiduciaCommandError } from '../src/failure.ts';
import { parseMarketInput } from '../src/input/market-input.ts';

const HEADER = 'season,day,slot,wind1_actual_net_wh,user01_actual_net_wh,wind1_forecast_net_wh,user01_forecast_net_wh';
const ROWS = ['winter,0,0,-5,7,-4,6', 'winter,0,1,-6,8,-5,7', 'winter,0,2,0,9,-6,8'];

function parse(...lines: readonly string[]) {
  return parseMarketInput(new TextEncoder().encode(`${lines.join('\n')}\n`), 'input.csv');
}

function failureOf(text: string | Uint8Array): unknown {
  try {
    parseMarketInput(typeof text === 'string' ? new TextEncoder().encode(text) : text, 'input.csv');
  } catch (error) {
    return isFiduciaCommandError(error) ? error.data : error;
  }
  return undefined;
}

function day(season: string, number: number): string[] {
  return Array.from({ length: 96 }, (_, slot) => `${season},${number},${slot},0,0,0,0`);
}

describe('market input (energy DM2)', () => {
  it('reads participants, roles and rows', () => {
    const input = parse(HEADER, ...ROWS);
    expect(input.participants).toEqual([
      { name: 'wind1', role: 'WIND' },
      { name: 'user01', role: 'USER' },
    ]);
    expect(input.rows[1]).toEqual({ season: 'winter', day: 0, slot: 1, actualWh: [-6, 8], forecastWh: [-5, 7] });
  });

  it('puts seasons back to back after whole days', () => {
    expect(parse(HEADER, ...day('winter', 0), ...day('winter', 1), ...day('spring', 0)).rows).toHaveLength(288);
  });

  it.each([
    ['an empty file', '', 1, 'season', 'the file is empty'],
    ['a header alone', `${HEADER}\n`, 2, 'season', 'no row'],
    ['a missing key column', HEADER.replace('day,', ''), 1, 'day', 'column 2 must be "day"'],
    ['no participant', 'season,day,slot\nwinter,0,0\n', 1, '*_actual_net_wh', 'no participant'],
    [
      'a missing forecast',
      `${HEADER.replace(',user01_forecast_net_wh', '')}\n${ROWS[0]}`,
      1,
      'user01_forecast_net_wh',
      'is missing',
    ],
    [
      'columns in another order',
      HEADER.replace('wind1_forecast', 'user01_forecast'),
      1,
      'wind1_forecast_net_wh',
      'must stand here',
    ],
    ['a foreign column', `${HEADER},comment\n`, 1, 'comment', 'not part of the format'],
    ['an unknown role', HEADER.replaceAll('user01', 'nuclear1'), 1, 'nuclear1_actual_net_wh', 'starts with wind'],
    ['a participant twice', HEADER.replaceAll('user01', 'wind1'), 1, 'wind1', 'appears twice'],
    ['a fraction', `${HEADER}\nwinter,0,0,-5.5,7,-4,6\n`, 2, 'wind1_actual_net_wh', '"-5.5" is not an integer'],
    ['an empty cell', `${HEADER}\nwinter,0,0,-5,,-4,6\n`, 2, 'user01_actual_net_wh', '"" is not an integer'],
    [
      'a number in words',
      `${HEADER}\n${ROWS[0]}\nwinter,0,1,1e3,7,-4,6\n`,
      3,
      'wind1_actual_net_wh',
      '"1e3" is not an integer',
    ],
    ['too much energy', `${HEADER}\nwinter,0,0,-5,7,-4,1000000001\n`, 2, 'user01_forecast_net_wh', 'is outside'],
    ['a day of next week', `${HEADER}\nwinter,7,0,-5,7,-4,6\n`, 2, 'day', '7 is outside 0 to 6'],
    [
      'a short row',
      `${HEADER}\nwinter,0,0,-5,7,-4\n`,
      2,
      'user01_forecast_net_wh',
      'the row has 6 fields, the header 7',
    ],
    ['a long row', `${HEADER}\n${ROWS[0]},1\n`, 2, 'user01_forecast_net_wh', 'the row has 8 fields, the header 7'],
    ['a blank line', `${HEADER}\n${ROWS[0]}\n\n${ROWS[1]}\n`, 3, 'day', 'the row has 1 fields'],
    [
      'a row left out',
      `${HEADER}\n${ROWS[0]}\n${ROWS[2]}\n`,
      3,
      'slot',
      'expected winter, day 0, slot 1, found winter, day 0, slot 2',
    ],
    ['a row twice', `${HEADER}\n${ROWS[0]}\n${ROWS[0]}\n`, 3, 'slot', 'rows out of order'],
    ['a late start', `${HEADER}\n${ROWS[1]}\n`, 2, 'slot', 'expected winter, day 0, slot 0'],
    [
      'a season cut short',
      `${HEADER}\n${ROWS[0]}\nspring,0,0,0,0,0,0\n`,
      3,
      'season',
      'expected winter, day 0, slot 1',
    ],
    [
      'a season that returns',
      [HEADER, ...day('a', 0), ...day('b', 0), ...day('a', 0)].join('\n'),
      194,
      'season',
      'finished before',
    ],
    ['a quote that never ends', `${HEADER}\n"winter,0,0,-5,7,-4,6\n`, 2, 'field', 'Quote'],
  ])('rejects %s with line, column and reason', (_, text, line, column, reason) => {
    expect(failureOf(text)).toMatchObject({
      code: 'MALFORMED_INPUT',
      file: 'input.csv',
      line,
      column: expect.stringContaining(column),
      reason: expect.stringContaining(reason),
    });
  });

  it('rejects bytes that are not UTF-8', () => {
    expect(failureOf(Uint8Array.of(0xff, 0xfe))).toMatchObject({ code: 'MALFORMED_INPUT', line: 1 });
  });

  it('says file, line, column and reason in one message', () => {
    expect(() => parse(HEADER, 'winter,0,0,x,7,-4,6')).toThrow(
      'input.csv, line 2, column wind1_actual_net_wh: "x" is not an integer',
    );
  });
});
