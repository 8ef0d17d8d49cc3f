import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayInstance } from '../platform/gateway-instance.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { extendWaiters, justSettled, statesOf, type StateNow } from './waiter.sql.ts';

/** How often what was settled a moment ago is looked for, whose hint may have been lost. */
const POLL_MS = 1000;
/** How often everybody's approval is looked at, which costs as much as there are waiters. */
const LOOK_AT_ALL_MS = 10_000;
const LEASE_RENEWAL_MS = 10_000;

interface Seat {
  readonly approvalId: string;
  readonly waiterId: string;
  /** What the waiter last saw, as `seenOf` puts it: the poll wakes it when the row says otherwise. */
  seen: string;
  wake: () => void;
}

/** A waiter's place: `changed` resolves when its approval may have changed. */
export interface Place {
  changed(seen: string): Promise<void>;
  leave(): void;
}

/**
 * The waiters of this process. A hint wakes one early; a poll finds out anyway, so that a lost
 * notification or a restarted database costs a second and nothing else.
 */
@Injectable()
export class WaitRoom implements OnModuleInit, OnModuleDestroy {
  /** By approval: a hint must not cost a look at everybody who waits. */
  readonly #seats = new Map<string, Set<Seat>>();
  #poll: NodeJS.Timeout | undefined;
  #lookAround: NodeJS.Timeout | undefined;
  #lease: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(
    private readonly database: Database,
    private readonly bus: ChangeBus,
    private readonly instance: GatewayInstance,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.bus.subscribe(({ topic, id }) => {
      if (topic !== 'approvals') return;
      const meant = id === null ? this.#everySeat() : (this.#seats.get(id) ?? []);
      for (const seat of meant) seat.wake();
    });
    this.#poll = setInterval(() => void this.#lookAtSettled(), POLL_MS).unref();
    this.#lookAround = setInterval(() => void this.#lookAtAll(), LOOK_AT_ALL_MS).unref();
    this.#lease = setInterval(() => void this.#renewLeases(), LEASE_RENEWAL_MS).unref();
  }

  onModuleDestroy(): void {
    this.#unsubscribe?.();
    clearInterval(this.#poll);
    clearInterval(this.#lookAround);
    clearInterval(this.#lease);
  }

  enter(approvalId: string, waiterId: string): Place {
    const seat: Seat = { approvalId, waiterId, seen: '', wake: () => undefined };
    const beside = this.#seats.get(approvalId) ?? new Set<Seat>();
    this.#seats.set(approvalId, beside.add(seat));
    // A hint that arrives while nobody awaits must not be lost: it resolves the next wait.
    let pending = false;
    seat.wake = () => (pending = true);
    return {
      changed: (seen) =>
        new Promise<void>((resolve) => {
          seat.seen = seen;
          const settle = () => {
            pending = false;
            seat.wake = () => (pending = true);
            resolve();
          };
          if (pending) settle();
          else seat.wake = settle;
        }),
      leave: () => {
        beside.delete(seat);
        if (beside.size === 0 && this.#seats.get(approvalId) === beside)
          this.#seats.delete(approvalId);
      },
    };
  }

  #everySeat(): readonly Seat[] {
    return [...this.#seats.values()].flatMap((seats) => [...seats]);
  }

  /** Ten thousand waiters cost no more to poll than those whose approvals just moved. */
  async #lookAtSettled(): Promise<void> {
    if (this.#seats.size === 0) return;
    await this.#wakeChanged(() => justSettled(this.database.pool, LOOK_AT_ALL_MS + 5 * POLL_MS));
  }

  async #lookAtAll(): Promise<void> {
    if (this.#seats.size === 0) return;
    await this.#wakeChanged(() => statesOf(this.database.pool, [...this.#seats.keys()]));
  }

  async #wakeChanged(look: () => Promise<readonly StateNow[]>): Promise<void> {
    try {
      for (const { id, state } of await look())
        for (const seat of this.#seats.get(id) ?? []) if (state !== seat.seen) seat.wake();
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'held calls could not be polled');
    }
  }

  async #renewLeases(): Promise<void> {
    if (this.#seats.size === 0) return;
    const ids = this.#everySeat().map((seat) => seat.waiterId);
    await extendWaiters(this.database.pool, this.instance.id, ids).catch((error: unknown) =>
      this.logger.warn({ error: String(error) }, 'waiter leases could not be renewed'),
    );
  }
}
