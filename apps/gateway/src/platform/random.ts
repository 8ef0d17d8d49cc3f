import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;
let pool = Buffer.alloc(0);

/**
 * Cryptographically random bytes. Asking the system for a few at a time costs more than what is done
 * with them; a pool is filled at once, and no byte of it is handed out twice.
 */
export function randomBytes(count: number): Buffer {
  if (count > POOL_BYTES) return randomFillSync(Buffer.alloc(count));
  // A new pool each time: what was handed out stays where it is.
  if (pool.length < count) pool = randomFillSync(Buffer.alloc(POOL_BYTES));
  const taken = pool.subarray(0, count);
  pool = pool.subarray(count);
  return taken;
}
