import { randomUUID } from 'node:crypto';
import type { Exchange } from '../servers/exchange.ts';
import type { StdioWire } from './stdio-wire.ts';

const MAX_SUBSCRIPTIONS = 1000;

/** One client's session of a legacy revision with a process: its own, or one that it shares. */
export class StdioSession {
  readonly id = randomUUID();
  readonly wire: StdioWire;
  /** Resources whose changes it asked to be told of. */
  readonly #subscriptions = new Set<string>();
  #listening: Exchange | undefined;
  #usedAt = performance.now();

  constructor(wire: StdioWire) {
    this.wire = wire;
  }

  touch(): void {
    this.#usedAt = performance.now();
  }

  get idleMs(): number {
    return performance.now() - this.#usedAt;
  }

  /** The stream for what belongs to no request, if the client has one open. */
  get listening(): Exchange | undefined {
    return this.#listening?.isOver === false ? this.#listening : undefined;
  }

  listen(exchange: Exchange): void {
    this.#listening = exchange;
  }

  subscribe(uri: string): void {
    if (this.#subscriptions.size < MAX_SUBSCRIPTIONS) this.#subscriptions.add(uri);
  }

  unsubscribe(uri: string): void {
    this.#subscriptions.delete(uri);
  }

  isSubscribedTo(uri: string): boolean {
    return this.#subscriptions.has(uri);
  }
}
