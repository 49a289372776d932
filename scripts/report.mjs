/**
 * How gates of several steps report them, one event each: also from a thread of their own, to the one that counts.
 *
 * @param tell - Takes events, which can be cloned: `{ kind: 'passed' | 'failed' | 'skipped', label, ms, text }`.
 */
export function reportTo(tell) {
  return {
    async step(label, check) {
      const started = performance.now();
      const event = (kind, text) => ({ kind, label, ms: performance.now() - started, text });
      try {
        const result = await check();
        tell(event('passed'));
        return result;
      } catch (error) {
        tell(event('failed', error.message));
      }
    },
    skip(label, reason) {
      tell({ kind: 'skipped', label, text: reason });
    },
  };
}
