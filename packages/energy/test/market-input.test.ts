import { expect, test } from 'vitest';
import { parseMarketCsv } from '../src/index.ts';

const HEADER = 'season,day,slot,wind1_actual_net_wh,user01_actual_net_wh,wind1_forecast_net_wh,user01_forecast_net_wh';
const file = (...lines: string[]): string => `${[HEADER, ...lines].join('\n')}\n`;

test('energy DM2: reads columns, roles and rows', () => {
  expect(parseMarketCsv(file('winter,0,0,-5,7,-6,8', 'winter,0,1,0,0,0,0', 'spring,0,0,1,2,3,4'))).toEqual({
    participants: [
      { id: 'wind1', role: 'WIND' },
      { id: 'user01', role: 'USER' },
    ],
    rows: [
      { season: 'winter', day: 0, slot: 0, actualWh: [-5, 7], forecastWh: [-6, 8] },
      { season: 'winter', day: 0, slot: 1, actualWh: [0, 0], forecastWh: [0, 0] },
      { season: 'spring', day: 0, slot: 0, actualWh: [1, 2], forecastWh: [3, 4] },
    ],
  });
});

const ROW = 'winter,0,5,1,2,3,4';

test.each([
  ['empty text', '', 1, 1, 'expected column season'],
  ['a renamed key column', file(ROW).replace('day', 'date'), 1, 2, 'expected column day'],
  ['a missing forecast column', file(ROW).replace(',user01_forecast_net_wh', ''), 1, 7, 'expected column user01'],
  ['an unknown role', file(ROW).replaceAll('wind1', 'coal1'), 1, 4, 'names no known role'],
  ['a participant twice', file(ROW).replaceAll('user01', 'wind1'), 1, 5, 'appears twice'],
  ['a name with a space', file(ROW).replaceAll('wind1', 'wind 1'), 1, 4, 'names no known role'],
  ['an extra column', file(ROW).replace(HEADER, `${HEADER},note`), 1, 8, 'unexpected column'],
  ['no participants', 'season,day,slot\n', 1, 4, 'expected a column'],
  ['no rows', file(), 2, 0, 'no rows'],
  ['a short row', file(ROW, 'winter,0,6,1,2,3'), 3, 7, '7 fields expected'],
  ['a long row', file(ROW, 'winter,0,6,1,2,3,4,5'), 3, 8, '7 fields expected'],
  ['a decimal number', file('winter,0,5,1,2.5,3,4'), 2, 5, '"2.5" is not an integer'],
  ['an empty field', file('winter,0,5,1,,3,4'), 2, 5, 'is not an integer'],
  ['a space', file('winter,0,5,1, 2,3,4'), 2, 5, 'is not an integer'],
  ['a leading zero', file('winter,0,05,1,2,3,4'), 2, 3, 'is not an integer'],
  ['minus zero', file('winter,0,5,-0,2,3,4'), 2, 4, 'is not an integer'],
  ['an exponent', file('winter,0,5,1e3,2,3,4'), 2, 4, 'is not an integer'],
  ['too much energy', file('winter,0,5,1000000001,2,3,4'), 2, 4, 'is not an integer'],
  ['day 7', file('winter,7,5,1,2,3,4'), 2, 2, 'from 0 to 6'],
  ['slot 96', file('winter,0,96,1,2,3,4'), 2, 3, 'from 0 to 95'],
  ['a slot twice', file(ROW, ROW), 3, 3, 'slot 5 after slot 5'],
  ['slots out of order', file(ROW, 'winter,0,4,1,2,3,4'), 3, 3, 'slot 4 after slot 5'],
  ['days out of order', file('winter,1,0,1,2,3,4', ROW), 3, 2, 'day 0 after day 1'],
  ['a season that returns', file(ROW, 'spring,0,0,1,2,3,4', 'winter,6,0,1,2,3,4'), 4, 1, 'appeared before'],
  ['an empty line', file(ROW, '', 'winter,0,6,1,2,3,4'), 3, 2, 'fields expected'],
  ['Windows line ends', file(ROW).replaceAll('\n', '\r\n'), 1, 7, 'expected column user01_forecast_net_wh'],
])('energy DM2: refuses %s with its place', (_, text, line, column, reason) => {
  expect(() => parseMarketCsv(text)).toThrow(
    expect.objectContaining({
      name: 'EnergyError',
      data: { code: 'INPUT', line, column, reason: expect.stringContaining(reason) },
    }),
  );
});
