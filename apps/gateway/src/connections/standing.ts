import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { FreezeStore } from '../freezes/freeze-store.ts';
import { ConnectionRegistry, type ConnectionRecord } from './connection-registry.ts';

interface Watched {
  readonly id: string;
  readonly epoch: number;
  readonly url: string;
  readonly callerKey: string;
  readonly over: AbortController;
  users: number;
}

/**
 * Ends what stays open as soon as its connection isn't what it was opened on: frozen or thawed, moved
 * to another address, given another credential or fewer callers, or gone. And as soon as its caller, or
 * everything, is frozen.
 */
@Injectable()
export class Standing implements OnModuleInit, OnModuleDestroy {
  /** One for each caller, connection and epoch, however much is open on it. */
  readonly #watched = new Map<string, Watched>();
  #stops: readonly (() => void)[] = [];

  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly freezes: FreezeStore,
  ) {}

  onModuleInit(): void {
    const look = () => this.#look();
    this.#stops = [this.connections.onChange(look), this.freezes.onChange(look)];
  }

  onModuleDestroy(): void {
    for (const stop of this.#stops) stop();
  }

  /**
   * Aborted once the record's epoch is over for this caller; at once where it is already. Not looked at
   * any more when `until` is aborted: callers are many, and most of them have nothing open.
   */
  of(
    { id, freezeEpoch: epoch, url }: ConnectionRecord,
    callerKey: string,
    until: AbortSignal,
  ): AbortSignal {
    const key = JSON.stringify([id, epoch, url, callerKey]);
    const known = this.#watched.get(key);
    const watched = known ?? { id, epoch, url, callerKey, over: new AbortController(), users: 0 };
    if (!known && !this.#stands(watched)) watched.over.abort();
    else if (!until.aborted) {
      this.#watched.set(key, watched);
      watched.users += 1;
      until.addEventListener('abort', () => this.#leave(key, watched), { once: true });
    }
    return watched.over.signal;
  }

  #leave(key: string, watched: Watched): void {
    watched.users -= 1;
    if (watched.users === 0 && this.#watched.get(key) === watched) this.#watched.delete(key);
  }

  #look(): void {
    for (const [key, watched] of this.#watched) {
      if (this.#stands(watched)) continue;
      this.#watched.delete(key);
      watched.over.abort();
    }
  }

  #stands({ id, epoch, url, callerKey }: Watched): boolean {
    const now = this.connections.byId(id);
    return (
      now?.freezeEpoch === epoch && now.url === url && this.freezes.over(callerKey, now) === null
    );
  }
}
