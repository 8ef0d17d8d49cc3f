import type { Queryable } from '../platform/database.ts';

/** Whoever publishes or saves: a person at the console, or the person who answers for a pipeline. */
export interface Author {
  /** `null` for the installation itself. */
  readonly key: string | null;
  readonly name: string;
}

export interface VersionDraft {
  readonly source: string;
  readonly cases: string;
  /** The version it was written from; 0 where there is none. */
  readonly base: number;
  readonly note: string | null;
  readonly publishedBy: Author;
  readonly proposedBy: Author | null;
  readonly rolledBackTo: number | null;
  readonly origin: 'console' | 'pipeline' | 'installation';
}

/** False when `base` isn't the newest any more. The number's key decides a race. */
export async function insertVersion(on: Queryable, version: VersionDraft): Promise<boolean> {
  const { source, cases, base, note, publishedBy, proposedBy, rolledBackTo, origin } = version;
  const { rowCount } = await on.query(
    `insert into policy_version (number, source, cases, note, published_by, published_by_key,
       proposed_by, proposed_by_key, rolled_back_to, origin)
     select $1::int + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10
     where (select coalesce(max(number), 0) from policy_version) = $1
     on conflict (number) do nothing`,
    [
      base,
      source,
      cases,
      note,
      publishedBy.name,
      publishedBy.key,
      proposedBy?.name ?? null,
      proposedBy?.key ?? null,
      rolledBackTo,
      origin,
    ],
  );
  return rowCount === 1;
}

/**
 * Publications one after the other, so that each sees how the last one ended and none waits for a row
 * of another in the opposite order. Reading goes on.
 */
export async function lockPublication(on: Queryable): Promise<void> {
  await on.query('lock table policy_version in share row exclusive mode');
}
