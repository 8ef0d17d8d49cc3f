import { v7 } from 'uuid';
import { randomBytes } from './random.ts';

let msecs = 0;
let seq = 0;

/**
 * A UUID of version 7. INVARIANT: ids of one process are in the order they were made, within a
 * millisecond too; the sequencer and every list read by it. The library keeps that order itself, but
 * then asks the system for its random bytes each time, which costs more than the rest of the id.
 */
export function newId(): string {
  const random = randomBytes(16);
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // Half of the room is left for the ids of this millisecond.
    seq = random.readUInt32BE(6) >>> 1;
  } else seq += 1;
  return v7({ random, msecs, seq });
}
