import type { DraftAt } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

/** How long a discarded draft can be brought back. */
const KEPT = `interval '30 days'`;

const SUMMARY = `d.id, d.title, d.base, d.revision, d.created_by, d.created_at, d.saved_by, d.saved_by_key,
  d.saved_at, d.discarded_by, d.discarded_at, d.published_as,
  (select p.id from policy_proposal p where p.draft_id = d.id and p.state = 'open') as proposal_id`;

const summarySchema = z.object({
  id: z.string(),
  title: z.string(),
  base: z.number().int(),
  revision: z.number().int(),
  created_by: z.string(),
  created_at: z.date(),
  saved_by: z.string(),
  saved_by_key: z.string(),
  saved_at: z.date(),
  discarded_by: z.string().nullable(),
  discarded_at: z.date().nullable(),
  published_as: z.number().int().nullable(),
  proposal_id: z.string().nullable(),
});
const draftSchema = summarySchema.extend({ source: z.string(), cases: z.string() });

export type DraftSummaryRow = z.infer<typeof summarySchema>;
export type DraftRow = z.infer<typeof draftSchema>;

export interface Saver {
  readonly key: string;
  readonly name: string;
}

/** Open drafts, and discarded ones that can still be brought back; last saved first. */
export async function listDrafts(on: Queryable): Promise<readonly DraftSummaryRow[]> {
  const { rows } = await on.query(
    `select ${SUMMARY} from policy_draft d
     where d.published_as is null and (d.discarded_at is null or d.discarded_at > now() - ${KEPT})
     order by d.discarded_at desc nulls first, d.saved_at desc, d.id desc limit 500`,
  );
  return z.array(summarySchema).parse(rows);
}

export async function findDraft(on: Queryable, id: string): Promise<DraftRow | undefined> {
  const { rows } = await on.query(
    `select ${SUMMARY}, d.source, d.cases from policy_draft d
     where d.id = $1 and (d.discarded_at is null or d.discarded_at > now() - ${KEPT})`,
    [id],
  );
  return rows[0] && draftSchema.parse(rows[0]);
}

export interface NewDraft {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly cases: string;
  readonly base: number;
  readonly by: Saver;
}

/** False where there are `most` open ones already, or no such base. */
export async function insertDraft(on: Queryable, draft: NewDraft, most: number): Promise<boolean> {
  const { id, title, source, cases, base, by } = draft;
  const { rowCount } = await on.query(
    `insert into policy_draft (id, title, source, cases, base, created_by, created_by_key, saved_by, saved_by_key)
     select $1, $2, $3, $4, $5::int, $6, $7, $6, $7
     where (select count(*) from policy_draft where published_as is null and discarded_at is null) < $8`,
    [id, title, source, cases, base, by.name, by.key, most],
  );
  return rowCount === 1;
}

export interface DraftChange {
  readonly title?: string | undefined;
  readonly source?: string | undefined;
  readonly cases?: string | undefined;
  readonly base?: number | undefined;
}

/**
 * Who saved it before, how long ago, and whether at most its name is new; `undefined` on another
 * revision, or when it is closed.
 */
export async function saveDraft(
  on: Queryable,
  { id, revision }: DraftAt,
  {
    title = null,
    source = null,
    cases = null,
    base = null,
  }: { [K in keyof DraftChange]: DraftChange[K] | null },
  by: Saver,
): Promise<
  { readonly savedByKey: string; readonly ageMs: number; readonly isSameText: boolean } | undefined
> {
  const { rows } = await on.query(
    `with before as (
       select id, saved_by_key, extract(epoch from now() - saved_at) * 1000 as age_ms,
         source, cases, base
       from policy_draft where id = $1 for update
     )
     update policy_draft d set revision = d.revision + 1, title = coalesce($3, d.title),
       source = coalesce($4, d.source), cases = coalesce($5, d.cases), base = coalesce($6::int, d.base),
       saved_by = $7, saved_by_key = $8, saved_at = now()
     from before
     where d.id = before.id and d.revision = $2 and d.discarded_at is null and d.published_as is null
     returning before.saved_by_key, before.age_ms, (d.source, d.cases, d.base)
       is not distinct from (before.source, before.cases, before.base) as is_same_text`,
    [id, revision, title, source, cases, base, by.name, by.key],
  );
  const [row] = z
    .array(
      z.object({
        saved_by_key: z.string(),
        age_ms: z.coerce.number(),
        is_same_text: z.boolean(),
      }),
    )
    .parse(rows);
  return row && { savedByKey: row.saved_by_key, ageMs: row.age_ms, isSameText: row.is_same_text };
}

/** False when it is discarded or published already. */
export async function discardDraft(on: Queryable, id: string, by: Saver): Promise<boolean> {
  const { rowCount } = await on.query(
    `update policy_draft set discarded_by = $2, discarded_at = now(), revision = revision + 1
     where id = $1 and discarded_at is null and published_as is null`,
    [id, by.name],
  );
  return rowCount === 1;
}

/** False when it isn't discarded, or too long ago. */
export async function restoreDraft(on: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await on.query(
    `update policy_draft set discarded_by = null, discarded_at = null, revision = revision + 1
     where id = $1 and discarded_at > now() - ${KEPT} and published_as is null`,
    [id],
  );
  return rowCount === 1;
}

export async function removeOldDrafts(on: Queryable): Promise<void> {
  await on.query(`delete from policy_draft where discarded_at < now() - ${KEPT}`);
}

/** A published draft is closed. False unless it is, as of this revision, the very text. */
export async function closeDraft(
  on: Queryable,
  { id, revision }: DraftAt,
  { source, cases }: { readonly source: string; readonly cases: string },
  number: number,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `update policy_draft set published_as = $5
     where id = $1 and revision = $2 and source = $3 and cases = $4
       and discarded_at is null and published_as is null`,
    [id, revision, source, cases, number],
  );
  return rowCount === 1;
}

/** The person who saved it last, at this very revision and text; `undefined` when it is another by now. */
export async function lockDraftAt(
  on: Queryable,
  { id, revision }: DraftAt,
  { source, cases }: { readonly source: string; readonly cases: string },
): Promise<Saver | undefined> {
  const { rows } = await on.query(
    `select saved_by_key as key, saved_by as name from policy_draft
     where id = $1 and revision = $2 and source = $3 and cases = $4
       and discarded_at is null and published_as is null
     for update`,
    [id, revision, source, cases],
  );
  return z.array(z.object({ key: z.string(), name: z.string() })).parse(rows)[0];
}
