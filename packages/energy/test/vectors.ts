import { readFileSync } from 'node:fs';
import type { ClearingOrder } from '../src/index.ts';

interface UniformVector {
  id: string;
  kind: 'uniform';
  fee: number;
  k_permille: number;
  orders: ClearingOrder[];
  expect: {
    volume: number;
    price: number | null;
    lo: number | null;
    hi: number | null;
    alloc: Record<string, number>;
    pairs: [string, string, number][];
    reason: string | null;
  };
}

interface SettleVector {
  id: string;
  kind: 'settle';
  title: string;
  params: { fee: number; retail: number; feedin: number; pen: number; tolWh: number; tolPm: number };
  trades: [string, string, number, number][];
  meters: Record<string, number>;
  start: Record<string, number>;
  expect: {
    flows: [string, string, number, number, string][];
    balances: Record<string, number>;
    debt: Record<string, number>;
    report: Record<
      string,
      { net_contract: number; meter: number; deviation: number; shortfall: number; undertake: number }
    >;
    grid_balancing_wh: number;
  };
  money_before: number;
  money_after: number;
}

type RandomCase = [
  number,
  [string, 'buy' | 'sell', number, number][],
  number,
  number | null,
  [string, number][],
  [string, string, number][],
];

interface VectorFile {
  vectors: (UniformVector | SettleVector | { id: string; kind: 'cda' })[];
  random_cases: { count: number; cases: RandomCase[] };
}

export const vectorFile = JSON.parse(
  readFileSync(new URL('../testdata/energy.json', import.meta.url), 'utf8'),
) as VectorFile;

export const uniformVectors = vectorFile.vectors.filter((vector) => vector.kind === 'uniform');
export const settleVectors = vectorFile.vectors.filter((vector) => vector.kind === 'settle');
