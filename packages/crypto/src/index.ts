/**
 * Keys, addresses, guarded signing and claim checking on secp256k1, portable with optional native speed.
 *
 * @packageDocumentation
 */
export {};
