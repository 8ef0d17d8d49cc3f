import { approvalNoteSchema, type ApprovalNote } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

/** Of one approval. Who has more to say talks to each other. */
export const MAX_NOTES = 200;
/** Approvals that one person was asked about, the newest. */
const MAX_ASKED = 50;

export interface NoteDraft {
  readonly id: string;
  readonly approvalId: string;
  readonly kind: ApprovalNote['kind'];
  readonly person: { readonly key: string; readonly name: string; readonly email: string | null };
  readonly askedOf: string | null;
  readonly text: string;
}

const rowSchema = z.object({
  id: z.string(),
  kind: approvalNoteSchema.shape.kind,
  person_key: z.string(),
  person_name: z.string(),
  person_email: z.string().nullable(),
  asked_of: z.string().nullable(),
  asked_name: z.string().nullable(),
  asked_email: z.string().nullable(),
  text: z.string(),
  at: z.date(),
});

/** Oldest first. */
export async function notesOf(on: Queryable, approvalId: string): Promise<ApprovalNote[]> {
  const { rows } = await on.query(
    `select n.id, n.kind, n.person_key, n.person_name, n.person_email, n.asked_of, n.text, n.at,
       p.name as asked_name, p.email as asked_email
     from approval_note n left join person p on p.key = n.asked_of
     where n.approval_id = $1 order by n.id limit ${MAX_NOTES}`,
    [approvalId],
  );
  return z
    .array(rowSchema)
    .parse(rows)
    .map((row) => ({
      id: row.id,
      kind: row.kind,
      person: { key: row.person_key, name: row.person_name, email: row.person_email },
      askedOf:
        row.asked_of === null
          ? null
          : {
              key: row.asked_of,
              name: row.asked_name ?? (row.asked_of.split('|').at(-1) || row.asked_of),
              email: row.asked_email,
            },
      text: row.text,
      at: row.at.toISOString(),
    }));
}

/** `false` when there are too many, or when a question comes after the hold: database time decides. */
export async function insertNote(client: Queryable, note: NoteDraft): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into approval_note
       (id, approval_id, kind, person_key, person_name, person_email, asked_of, text, at)
     select $1, a.id, $3, $4, $5, $6, $7, $8, clock_timestamp() from approval a
      where a.id = $2 and ($3 <> 'question' or (a.state = 'held' and a.expires_at > now()))
        and (select count(*) from approval_note n where n.approval_id = a.id) < ${MAX_NOTES}`,
    [
      note.id,
      note.approvalId,
      note.kind,
      note.person.key,
      note.person.name,
      note.person.email,
      note.askedOf,
      note.text,
    ],
  );
  return rowCount === 1;
}

export async function wasAsked(
  on: Queryable,
  approvalId: string,
  personKey: string,
): Promise<boolean> {
  const { rowCount } = await on.query(
    'select from approval_note where approval_id = $1 and asked_of = $2 limit 1',
    [approvalId, personKey],
  );
  return rowCount === 1;
}

const askedRowSchema = z.object({ approval_id: z.string(), answered: z.boolean() });
export type AskedRow = z.infer<typeof askedRowSchema>;

/** The approvals that a person was asked about, whichever was asked last first. */
export async function askedOf(on: Queryable, personKey: string): Promise<readonly AskedRow[]> {
  const { rows } = await on.query(
    `select q.approval_id, exists (select from approval_note n
       where n.approval_id = q.approval_id and n.kind = 'answer' and n.person_key = $1
         and n.id > q.last) as answered
     from (select approval_id, max(id::text)::uuid as last from approval_note
           where asked_of = $1 group by approval_id
           order by max(id::text) desc limit ${MAX_ASKED}) as q
     order by q.last desc`,
    [personKey],
  );
  return z.array(askedRowSchema).parse(rows);
}
