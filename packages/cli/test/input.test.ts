import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMarket } from '@fiducia/energy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInInput, readInputFile } from '../src/input/load.ts';

const HEADER = 'season,day,slot,wind1_actual_net_wh,user01_actual_net_wh,wind1_forecast_net_wh,user01_forecast_net_wh';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fiducia-input-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function inputFile(content: string | Uint8Array): Promise<string> {
  const file = join(folder, 'input.csv');
  await writeFile(file, content);
  return file;
}

describe('market input', () => {
  it('gives the built-in community the published market result (energy WG16)', () => {
    const market = runMarket(builtInInput().market);
    expect(market).toMatchObject({
      clearedSlots: 2688,
      tradedWh: 5_396_052,
      meanPriceMicro: 446,
      demandWh: 8_836_841,
      supplyWh: 9_909_105,
      selfSufficiencyPermille: 594,
      fund: 167_106_150n,
      gridCash: 1_473_568_640n,
      debt: 0n,
    });
    expect([...market.tradedWhBySeason.values()]).toEqual([1_642_218, 1_658_047, 891_487, 1_204_300]);
    const breach = new Map(market.participants.map(({ id, breachPermille }) => [id, breachPermille]));
    expect(['wind1', 'pv1', 'hydro1', 'integrated1'].map((id) => breach.get(id))).toEqual([646, 128, 277, 594]);
    const wind1 = (run: typeof market) => run.participants.find(({ id }) => id === 'wind1')?.cash;
    expect(wind1(market)).toBe(430_343_110n);
    expect(wind1(runMarket(builtInInput().market, { offerPercent: new Map([['wind1', 150]]) }))).toBe(316_833_210n);
  });

  it('reads a file (energy DM2)', async () => {
    const file = await inputFile(`${HEADER}\nwinter,0,0,-5,7,-4,6\n`);
    await expect(readInputFile(file)).resolves.toMatchObject({
      file,
      market: { participants: [{ id: 'wind1' }, { id: 'user01' }], rows: [{ actualWh: [-5, 7], forecastWh: [-4, 6] }] },
    });
  });

  it('names file, line, column and reason of a malformed cell (energy DM2)', async () => {
    const file = await inputFile(`${HEADER}\nwinter,0,0,-5,7,-4,6\nwinter,0,1,-5,7.5,-4,6\n`);
    await expect(readInputFile(file)).rejects.toMatchObject({
      data: { code: 'MALFORMED_INPUT', file, line: 3, column: 5, columnName: 'user01_actual_net_wh' },
      message: expect.stringMatching(/input\.csv, line 3, column 5 \(user01_actual_net_wh\): "7\.5" is not an integer/),
    });
  });

  it('names the place of a malformed header and of bytes that are no text', async () => {
    await expect(inputFile('season,slot\n').then(readInputFile)).rejects.toMatchObject({
      data: { code: 'MALFORMED_INPUT', line: 1, column: 2 },
    });
    await expect(inputFile(Uint8Array.of(0xff, 0xfe)).then(readInputFile)).rejects.toMatchObject({
      data: { code: 'MALFORMED_INPUT', line: 1 },
    });
  });

  it('stops reading what is larger than any input', async () => {
    await expect(readInputFile('/dev/zero')).rejects.toMatchObject({
      data: { code: 'FILE_ACCESS', operation: 'read', reason: expect.stringContaining('larger than') },
    });
  });

  it('says that a file is missing', async () => {
    await expect(readInputFile(join(folder, 'absent.csv'))).rejects.toMatchObject({
      data: { code: 'FILE_ACCESS', operation: 'read' },
    });
  });
});
