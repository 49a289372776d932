import { hash } from 'node:crypto';
import type { HashFunction } from '@fiducia/consensus';

export const sha256: HashFunction = (data) => new Uint8Array(hash('sha256', data, 'buffer'));
