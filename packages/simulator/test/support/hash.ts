import { createCrypto } from '@fiducia/crypto';

/** The platform's, which takes a third of the time of the portable one. */
export const { sha256 } = await createCrypto();
