import type { Readable } from 'node:stream';

const MAX_BYTES = 64 * 1024 * 1024;
const TICK_MS = 2000;
const SILENT_TICKS = 3;
/** Half a minute: enough for a large message over a slow line, too little to be worth an attack. */
const MAX_TICKS = 15;

/**
 * Reads what is left of a request and throws it away, since a refusal can only be read by a client that got
 * rid of its message: until all of it is there, or 64 MiB, or half a minute, or until nothing came for some 5 s.
 */
export async function throwAway(request: Readable & { readonly complete: boolean }): Promise<void> {
  if (request.complete || request.destroyed) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    let ticks = 0;
    let silent = 0;
    const done = () => {
      clearInterval(timer);
      resolve();
    };
    // Counted, not timed: after a pause of the whole process the clock says that the client was silent,
    // while its bytes are there to be read.
    const timer = setInterval(() => {
      if (++ticks === MAX_TICKS || ++silent === SILENT_TICKS) done();
    }, TICK_MS);
    request.once('end', done).once('close', done);
    request.on('data', (chunk: Buffer) => {
      silent = 0;
      bytes += chunk.length;
      if (bytes > MAX_BYTES) done();
    });
  });
}
