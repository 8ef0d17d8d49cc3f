import type { Bytes } from './bytes.ts';
import { concat } from './bytes.ts';

/**
 * A SHA-256 to use instead of WebCrypto's. WebCrypto is everywhere but asynchronous; whoever hashes
 * many small values in Node (the sequencer, the verify command) passes a synchronous one.
 */
export type Sha256 = (bytes: Bytes) => Uint8Array | Promise<Uint8Array>;

/** The default: WebCrypto, in Node and in every browser. */
export const webCryptoSha256: Sha256 = async (bytes) =>
  new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));

/** SHA-256 over the concatenation of the parts. */
export async function hashOf(sha256: Sha256, ...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return sha256(concat(...parts));
}
