import { ConsensusError } from '@fiducia/consensus';

/** What an operator may set. */
export interface Config {
  /** Duration of a slot in milliseconds, an integer from 100 to 3 600 000; 1 000 if left out. */
  readonly slotMs: number;
}

/** Checks what an operator wrote and fills in defaults. It is the one place that throws at people. */
export function parseConfig(raw: unknown): Config {
  const { slotMs = 1_000, ...others } = (raw ?? {}) as Partial<Config>;
  requireInteger('slotMs', slotMs, 100, 3_600_000);
  const [path] = Object.keys(others);
  if (path !== undefined) throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason: 'is not known' });
  return { slotMs };
}

function requireInteger(path: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason: `must be an integer in [${min}, ${max}]` });
}
