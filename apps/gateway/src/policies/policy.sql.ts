import type { Queryable } from '../platform/database.ts';

export interface VersionDraft {
  readonly source: string;
  /** The version it was written from; 0 where there is none. */
  readonly base: number;
  readonly note: string | null;
  readonly publishedBy: string;
}

/** False when `base` isn't the newest any more. The number's key decides a race. */
export async function insertVersion(
  on: Queryable,
  { source, base, note, publishedBy }: VersionDraft,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `insert into policy_version (number, source, note, published_by)
     select $1::int + 1, $2, $3, $4
     where (select coalesce(max(number), 0) from policy_version) = $1
     on conflict (number) do nothing`,
    [base, source, note, publishedBy],
  );
  return rowCount === 1;
}
