import type { Step } from '@holdpoint/approval';
import { editStateSchema, type StoredDecision } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

/** Other arguments for a held call, as a reviewer proposed them. */
export interface EditRow {
  readonly id: string;
  readonly approvalId: string;
  readonly number: number;
  readonly editorKey: string;
  readonly editorName: string;
  readonly editorEmail: string | null;
  readonly note: string | null;
  /** Exact JSON text, sealed to the row. */
  readonly sealedArguments: Uint8Array;
  readonly paramsDigest: string;
  readonly state: z.infer<typeof editStateSchema>;
  readonly proposedAt: Date;
}

const COLUMNS = `id, approval_id as "approvalId", number, editor_key as "editorKey", editor_name as "editorName",
  editor_email as "editorEmail", note, arguments as "sealedArguments", params_digest as "paramsDigest", state,
  proposed_at as "proposedAt"`;

const rowSchema = z.object({
  id: z.string(),
  approvalId: z.string(),
  number: z.number().int(),
  editorKey: z.string(),
  editorName: z.string(),
  editorEmail: z.string().nullable(),
  note: z.string().nullable(),
  sealedArguments: z.instanceof(Uint8Array),
  paramsDigest: z.string(),
  state: editStateSchema,
  proposedAt: z.date(),
});

/** Every proposal of one approval, oldest first. */
export async function editsOf(on: Queryable, approvalId: string): Promise<readonly EditRow[]> {
  const { rows } = await on.query(
    `select ${COLUMNS} from approval_edit where approval_id = $1 order by number`,
    [approvalId],
  );
  return z.array(rowSchema).parse(rows);
}

export async function editsById(
  on: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EditRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await on.query(
    `select ${COLUMNS} from approval_edit where id = any($1::uuid[])`,
    [[...ids]],
  );
  return new Map(
    z
      .array(rowSchema)
      .parse(rows)
      .map((row) => [row.id, row]),
  );
}

/** What an approval comes to when its arguments change. */
export interface Change {
  readonly approvalId: string;
  readonly steps: readonly Step[];
  readonly decision: StoredDecision;
  /** How long its reviewers have at least, from now on. */
  readonly windowMs: number;
}

/** The caller holds the approval's row. */
export async function insertEdit(
  client: Queryable,
  edit: Omit<EditRow, 'state' | 'proposedAt'>,
): Promise<void> {
  await client.query(
    `insert into approval_edit (id, approval_id, number, editor_key, editor_name, editor_email, note, arguments,
       params_digest, state) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed')`,
    [
      edit.id,
      edit.approvalId,
      edit.number,
      edit.editorKey,
      edit.editorName,
      edit.editorEmail,
      edit.note,
      edit.sealedArguments,
      edit.paramsDigest,
    ],
  );
}

/** `false` where somebody else ended it first. */
export async function endEdit(
  client: Queryable,
  id: string,
  to: 'withdrawn' | 'superseded',
  by: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval_edit set state = $2, ended_at = now(), ended_by = $3
      where id = $1 and state in ('proposed', 'in-force')`,
    [id, to, by],
  );
  return rowCount === 1;
}

/** Approved, with everything that goes with it; again where it went back to its reviewers meanwhile. */
export async function putEditInForce(client: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval_edit set state = 'in-force' where id = $1 and state in ('proposed', 'in-force')`,
    [id],
  );
  return rowCount === 1;
}

/**
 * From now on the approval is about these params: its release is bound to their digest, and the same
 * call still joins it by what was asked. `false` when it is decided, or past its time.
 */
export async function bindToEdit(
  client: Queryable,
  change: Change,
  edit: Pick<EditRow, 'id' | 'paramsDigest'>,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval a set asked_digest = coalesce(a.asked_digest, a.params_digest), params_digest = $5, edit_id = $6,
        ${CHAIN_BEGINS}
      where ${STILL_HELD}`,
    [...valuesOf(change), edit.paramsDigest, edit.id],
  );
  return rowCount === 1;
}

/** Back to what was asked. */
export async function bindToAsked(client: Queryable, change: Change): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval a set params_digest = a.asked_digest, asked_digest = null, edit_id = null, ${CHAIN_BEGINS}
      where ${STILL_HELD} and a.edit_id is not null`,
    [...valuesOf(change)],
  );
  return rowCount === 1;
}

const CHAIN_BEGINS = `steps = $2, decision = $3,
        expires_at = greatest(a.expires_at, now() + $4 * interval '1 millisecond')`;
const STILL_HELD = `a.id = $1 and a.state = 'held' and a.expires_at > clock_timestamp()
  and (a.timer_ends_at is null or a.timer_ends_at > clock_timestamp())`;

const valuesOf = ({ approvalId, steps, decision, windowMs }: Change) => [
  approvalId,
  JSON.stringify(steps),
  JSON.stringify(decision),
  windowMs,
];
