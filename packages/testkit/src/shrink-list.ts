/**
 * Makes a list that shows something as short as it can.
 *
 * @module
 */

/**
 * Leaves out parts of a list, halves first and single elements last, as long as what remains still shows the same.
 *
 * @param shows - Whether a list still does; called at most `runsMax` times.
 * @returns A list that shows it; the given one if nothing can go.
 */
export async function shrinkList<T>(
  list: readonly T[],
  shows: (part: readonly T[]) => boolean | Promise<boolean>,
  runsMax: number,
): Promise<readonly T[]> {
  let best = list;
  let runs = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1 && runs < runsMax; size = half(size)) {
    let from = 0;
    while (from < best.length && runs < runsMax) {
      const part = [...best.slice(0, from), ...best.slice(from + size)];
      runs += 1;
      if (await shows(part)) best = part;
      else from += size;
    }
  }
  return best;
}

function half(size: number): number {
  return size === 1 ? 0 : Math.ceil(size / 2);
}
