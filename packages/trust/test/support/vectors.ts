import { readFileSync } from 'node:fs';
import { requireTrustParams, type TrustParams } from '../../src/index.ts';

/** One case of `testdata/trust.json`; what `in` and `out` hold depends on the vector. */
export interface VectorCase<In, Out> {
  readonly params?: Partial<TrustParams>;
  readonly in: In;
  readonly out: Out;
}

interface VectorFile {
  readonly paperParams: TrustParams;
  readonly vectors: readonly { readonly id: string; readonly cases: readonly unknown[] }[];
}

const FILE: VectorFile = JSON.parse(readFileSync(new URL('../../testdata/trust.json', import.meta.url), 'utf8'));

export const PAPER_PARAMS = FILE.paperParams;

/** Cases of a vector; fails if there are none, so that a renamed vector cannot pass unnoticed. */
export function casesOf<In, Out>(id: string): readonly VectorCase<In, Out>[] {
  const cases = FILE.vectors.find((vector) => vector.id === id)?.cases ?? [];
  if (cases.length === 0) throw new Error(`no cases of ${id}`);
  return cases as readonly VectorCase<In, Out>[];
}

/** Parameters of a case: profile `paper` with single keys replaced. */
export function paramsOf(vector: { readonly params?: Partial<TrustParams> }): TrustParams {
  return requireTrustParams({ ...PAPER_PARAMS, ...vector.params });
}
