import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import type { FreezeInForce } from '../freezes/why-frozen.ts';
import type { Call } from './call.ts';
import type { Verdict } from './judge.ts';

interface Running {
  readonly callerKey: string;
  readonly connectionId: string;
  readonly over: AbortController;
  frozen: FreezeInForce | null;
}

/** A call under way: `signal` is aborted once it is frozen, and `frozen` says by what. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly frozen: FreezeInForce | null;
  stop(): void;
}

/**
 * Breaks off what is under way as soon as its caller, its connection or everything is frozen. Not where
 * the connection only changed otherwise: such a call was let through, and may end.
 */
@Injectable()
export class FreezeWatch implements OnModuleInit, OnModuleDestroy {
  readonly #running = new Set<Running>();
  #stops: readonly (() => void)[] = [];

  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly freezes: FreezeStore,
  ) {}

  onModuleInit(): void {
    const look = () => void [...this.#running].forEach((running) => this.#look(running));
    this.#stops = [this.connections.onChange(look), this.freezes.onChange(look)];
  }

  onModuleDestroy(): void {
    for (const stop of this.#stops) stop();
  }

  /** From before its first byte leaves: what was frozen while it was judged is seen here at once. */
  begin(
    call: Pick<Call, 'caller' | 'connection' | 'method'>,
    { kind }: Pick<Verdict, 'kind'>,
  ): Watch {
    const running: Running = {
      callerKey: call.caller.key,
      connectionId: call.connection.id,
      over: new AbortController(),
      frozen: null,
    };
    // What keeps a session alive, or gives work up, passes a freeze.
    if (kind !== 'never-held' || call.method === 'tasks/get') {
      this.#running.add(running);
      this.#look(running);
    }
    return {
      signal: running.over.signal,
      get frozen() {
        return running.frozen;
      },
      stop: () => void this.#running.delete(running),
    };
  }

  #look(running: Running): void {
    const { callerKey, connectionId, over } = running;
    running.frozen ??= this.freezes.over(callerKey, this.connections.byId(connectionId));
    if (running.frozen !== null) over.abort();
  }
}
