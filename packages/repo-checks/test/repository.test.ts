import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkRepository } from '../src/index.ts';
import { readRepository } from '../src/read.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('this repository', () => {
  it('breaks none of its own rules', () => {
    const violations = checkRepository(readRepository(root));
    expect(violations.map(({ rule, where, message }) => `rule ${rule}: ${where} ${message}`)).toEqual([]);
  });
});
