import { Injectable } from '@nestjs/common';
import type { PersonRef } from '@holdpoint/contracts';
import { Database } from '../platform/database.ts';

/** Names for person keys. Only ever shown; nothing is decided by them. */
@Injectable()
export class PeopleRepository {
  constructor(private readonly database: Database) {}

  async remember({ key, name, email }: PersonRef): Promise<void> {
    await this.database.pool.query(
      `insert into person (key, name, email, last_seen_at) values ($1, $2, $3, now())
       on conflict (key) do update set name = $2, email = $3, last_seen_at = now()`,
      [key, name.replaceAll('\0', '␀'), email?.replaceAll('\0', '␀') ?? null],
    );
  }

  async byKeys(keys: readonly string[]): Promise<ReadonlyMap<string, PersonRef>> {
    if (keys.length === 0) return new Map();
    const { rows } = await this.database.pool.query<PersonRef>(
      'select key, name, email from person where key = any($1)',
      [keys],
    );
    return new Map(rows.map((row) => [row.key, row]));
  }
}
