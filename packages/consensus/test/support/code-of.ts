import { isConsensusError } from '../../src/index.ts';

/** Code of the `ConsensusError` that `action` throws; `undefined` if it returns. Other errors pass. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isConsensusError(error)) return error.data.code;
    throw error;
  }
}
