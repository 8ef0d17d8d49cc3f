import { setImmediate as turn } from 'node:timers/promises';

/**
 * How long work on recorded calls may keep the event loop: calls of agents that arrive meanwhile
 * wait at most this long.
 */
const SLICE_MS = 6;

/** Cuts long work into slices, between which everything else of the process gets its turn. */
export class Slice {
  #startedAt = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#startedAt >= SLICE_MS;
  }

  async rest(): Promise<void> {
    await turn();
    this.#startedAt = performance.now();
  }
}
