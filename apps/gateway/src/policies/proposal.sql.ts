import { proposalStateSchema, type DraftAt } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import type { Saver } from './draft.sql.ts';

const SUMMARY = `id, draft_id, draft_revision, base, note, rolled_back_to, origin, digest, proposed_by,
  proposed_by_key, proposed_at, saved_by, saved_by_key, state, settled_by, settled_at, reason, number`;

const summarySchema = z.object({
  id: z.string(),
  draft_id: z.string().nullable(),
  draft_revision: z.number().int().nullable(),
  base: z.number().int(),
  note: z.string(),
  rolled_back_to: z.number().int().nullable(),
  origin: z.enum(['console', 'pipeline']),
  digest: z.string(),
  proposed_by: z.string(),
  proposed_by_key: z.string(),
  proposed_at: z.date(),
  saved_by: z.string(),
  saved_by_key: z.string(),
  state: proposalStateSchema,
  settled_by: z.string().nullable(),
  settled_at: z.date().nullable(),
  reason: z.string().nullable(),
  number: z.number().int().nullable(),
});
const proposalSchema = summarySchema.extend({ source: z.string(), cases: z.string() });

export type ProposalSummaryRow = z.infer<typeof summarySchema>;
export type ProposalRow = z.infer<typeof proposalSchema>;

/** Open ones, the oldest first; then those that were settled last. */
export async function listProposals(on: Queryable): Promise<readonly ProposalSummaryRow[]> {
  const { rows } = await on.query(
    `(select ${SUMMARY} from policy_proposal where state = 'open' order by proposed_at, id limit 200)
     union all
     (select ${SUMMARY} from policy_proposal where state <> 'open' order by settled_at desc, id desc limit 30)`,
  );
  return z.array(summarySchema).parse(rows);
}

export async function findProposal(on: Queryable, id: string): Promise<ProposalRow | undefined> {
  const { rows } = await on.query(
    `select ${SUMMARY}, source, cases from policy_proposal where id = $1`,
    [id],
  );
  return rows[0] && proposalSchema.parse(rows[0]);
}

export interface NewProposal {
  readonly id: string;
  readonly draft: { readonly id: string; readonly revision: number } | null;
  readonly source: string;
  readonly cases: string;
  readonly base: number;
  readonly note: string;
  readonly rolledBackTo: number | null;
  readonly origin: 'console' | 'pipeline';
  readonly digest: string;
  readonly proposedBy: Saver;
  readonly savedBy: Saver;
}

/** False where the draft is proposed already. */
export async function insertProposal(on: Queryable, proposal: NewProposal): Promise<boolean> {
  const { id, draft, source, cases, base, note, rolledBackTo, origin, digest } = proposal;
  const { proposedBy, savedBy } = proposal;
  const { rowCount } = await on.query(
    `insert into policy_proposal (id, draft_id, draft_revision, source, cases, base, note, rolled_back_to,
       origin, digest, proposed_by, proposed_by_key, saved_by, saved_by_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (draft_id) where state = 'open' do nothing`,
    [
      id,
      draft?.id ?? null,
      draft?.revision ?? null,
      source,
      cases,
      base,
      note,
      rolledBackTo,
      origin,
      digest,
      proposedBy.name,
      proposedBy.key,
      savedBy.name,
      savedBy.key,
    ],
  );
  return rowCount === 1;
}

export interface Settlement {
  readonly state: 'published' | 'declined' | 'withdrawn';
  readonly by: Saver;
  readonly reason: string | null;
  readonly number: number | null;
}

/** False unless it is open and holds what was reviewed. */
export async function settleProposal(
  on: Queryable,
  { id, digest }: { readonly id: string; readonly digest: string },
  { state, by, reason, number }: Settlement,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `update policy_proposal set state = $3, settled_by = $4, settled_by_key = $5, settled_at = now(),
       reason = $6, number = $7
     where id = $1 and digest = $2 and state = 'open'`,
    [id, digest, state, by.name, by.key, reason, number],
  );
  return rowCount === 1;
}

/** A draft that is edited is another text than the one that was proposed. */
export async function voidProposalOf(
  on: Queryable,
  draftId: string,
  reason: string,
): Promise<readonly string[]> {
  const { rows } = await on.query(
    `update policy_proposal set state = 'void', settled_at = now(), reason = $2
     where draft_id = $1 and state = 'open' returning id`,
    [draftId, reason],
  );
  return idsOf(rows);
}

/** A draft with another name is the same text, at its next revision. */
export async function moveProposalOf(on: Queryable, { id, revision }: DraftAt): Promise<void> {
  await on.query(
    `update policy_proposal set draft_revision = $2 where draft_id = $1 and state = 'open'`,
    [id, revision],
  );
}

/** What was proposed on top of an older version can't be published any more. */
export async function voidOutdated(on: Queryable, number: number): Promise<readonly string[]> {
  const { rows } = await on.query(
    `update policy_proposal set state = 'void', settled_at = now(),
       reason = 'Version ' || $1::int || ' was published meanwhile.'
     where state = 'open' and base < $1 returning id`,
    [number],
  );
  return idsOf(rows);
}

const idsOf = (rows: readonly unknown[]) =>
  z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
