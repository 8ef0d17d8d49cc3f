import { Injectable } from '@nestjs/common';
import type { PersonRef } from '@holdpoint/contracts';
import { Database, type Queryable } from '../platform/database.ts';

/** A form's choice; whoever looks for somebody else types more of the name. */
const MOST_FOUND = 20;

/** Names for person keys. Only ever shown or chosen from; nothing is decided by them. */
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

  /** What to call whoever these keys stand for; somebody never seen by the last part of the key. */
  async refsOf(keys: readonly string[]): Promise<(key: string) => PersonRef> {
    const known = await this.byKeys([...new Set(keys)]);
    return (key) => known.get(key) ?? { key, name: key.split('|').at(-1) ?? key, email: null };
  }

  async isKnown(key: string, on: Queryable): Promise<boolean> {
    const { rowCount } = await on.query('select from person where key = $1', [key]);
    return rowCount === 1;
  }

  /** By part of the name or e-mail address, whoever signed in last first. */
  async search(text: string): Promise<PersonRef[]> {
    const { rows } = await this.database.pool.query<PersonRef>(
      `select key, name, email from person
       where position(lower($1) in lower(name || ' ' || coalesce(email, ''))) > 0
       order by last_seen_at desc, key limit $2`,
      [text.replaceAll('\0', ''), MOST_FOUND],
    );
    return rows;
  }
}
