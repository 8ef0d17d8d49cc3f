import type { Numbers, NumbersDays } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.ts';
import { numbersOf } from './numbers-of.ts';
import { givenSince, grantUsesSince, heldSince } from './numbers.sql.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** The newest ones of the time asked for; the page says when there are more. */
const MAX_APPROVALS = 10_000;
const REMEMBERED_MS = 30_000;

interface Remembered {
  readonly until: number;
  readonly value: Promise<Numbers>;
}

/** What the team's approvals add up to. */
@Injectable()
export class NumbersService {
  readonly #remembered = new Map<NumbersDays, Remembered>();

  constructor(private readonly database: Database) {}

  /** Counted twice a minute at most, however many look. */
  of(days: NumbersDays): Promise<Numbers> {
    const known = this.#remembered.get(days);
    if (known && known.until > performance.now()) return known.value;
    const value = this.#count(days);
    this.#remembered.set(days, { until: performance.now() + REMEMBERED_MS, value });
    value.catch(() => this.#remembered.delete(days));
    return value;
  }

  async #count(days: NumbersDays): Promise<Numbers> {
    const to = new Date();
    const today = Math.floor(to.getTime() / DAY_MS) * DAY_MS;
    const from = new Date(today - (days - 1) * DAY_MS);
    const found = await heldSince(this.database.pool, from, MAX_APPROVALS + 1);
    const held = found.slice(0, MAX_APPROVALS);
    const oldest = held.at(-1);
    const given = oldest === undefined ? [] : await givenSince(this.database.pool, oldest.id);
    return {
      days,
      from: from.toISOString(),
      to: to.toISOString(),
      cut: found.length > held.length,
      granted: await grantUsesSince(this.database.pool, from),
      ...numbersOf({
        held,
        given,
        days: Array.from({ length: days }, (_, index) =>
          new Date(from.getTime() + index * DAY_MS).toISOString().slice(0, 10),
        ),
      }),
    };
  }
}
