import { createHash } from 'node:crypto';
import type { HashFunction } from '@fiducia/consensus';

export const sha256: HashFunction = (data) => new Uint8Array(createHash('sha256').update(data).digest());
