import { EVENTS, isApprovalState, transition, type ApprovalState } from '@holdpoint/approval';
import { storedStepsSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/** Notes every change of every approval, and of every connection's freeze, inside its own transaction. */
const NOTES = `
  create table model_move (
    n bigserial primary key, approval_id uuid not null, moved_from text, moved_to text not null,
    at timestamptz not null default clock_timestamp(), xid text not null default pg_current_xact_id()::text,
    steps jsonb not null, claimed_by int, waiter_id uuid, epochs int[]);
  create function note_move() returns trigger language plpgsql as $$ begin
    insert into model_move (approval_id, moved_from, moved_to, steps, claimed_by, waiter_id, epochs)
      values (new.id, case tg_op when 'UPDATE' then old.state end, new.state, new.steps, new.claimed_by, new.waiter_id,
        array[new.freeze_epoch, (select c.freeze_epoch from connection c where c.id = new.connection_id)]);
    return null; end $$;
  create trigger note_hold after insert on approval for each row execute function note_move();
  create trigger note_move after update of state on approval for each row
    when (old.state is distinct from new.state) execute function note_move();
  create table model_thaw (at timestamptz not null default clock_timestamp(), connection_id uuid not null, frozen boolean not null);
  create function note_thaw() returns trigger language plpgsql as $$ begin
    insert into model_thaw (connection_id, frozen) values (new.id, new.frozen_at is not null);
    return null; end $$;
  create trigger note_thaw after update of frozen_at on connection for each row execute function note_thaw();`;

export async function takeNotes(on: Queryable): Promise<void> {
  await on.query(NOTES);
}

const stateSchema = z.custom<ApprovalState>((value) => isApprovalState(String(value)));
const moveSchema = z.object({
  approval_id: z.string(),
  moved_from: stateSchema.nullable(),
  moved_to: stateSchema,
  steps: storedStepsSchema,
  /** Kinds of the entries that were written in the very transaction of the move. */
  kinds: z.array(z.string()),
  /** Keys of who approved before it, by step. */
  approved: z.array(z.object({ step: z.number(), person: z.string() })),
  denied: z.boolean(),
  tied: z.array(z.string().nullable()),
  frozen: z.boolean(),
  /** Who had the place of the waiter. */
  waiter: z.string().nullable(),
  /** The freeze epoch that it was held under, and the one of its connection. */
  epochs: z.tuple([z.number(), z.number()]),
});
export type Move = z.infer<typeof moveSchema>;

/** Every move of these approvals, in the order in which it was made, with what was true at that moment. */
export async function movesOf(on: Queryable, ids: readonly string[]): Promise<readonly Move[]> {
  const { rows } = await on.query(
    `select m.approval_id, m.moved_from, m.moved_to, m.steps, m.waiter_id as waiter, m.epochs,
       array(select e.kind from entry e where e.approval_id = m.approval_id and e.xmin::text = m.xid) as kinds,
       coalesce((select jsonb_agg(jsonb_build_object('step', v.step, 'person', v.person_key))
         from verdict v where v.approval_id = m.approval_id and v.verdict = 'approve' and v.at <= m.at), '[]') as approved,
       exists (select 1 from verdict v where v.approval_id = m.approval_id and v.verdict = 'deny' and v.at <= m.at) as denied,
       array[a.caller_key, a.caller->>'ownerKey'] as tied,
       exists (select 1 from call_freeze f where (f.scope = 'installation' or f.key = a.caller_key)
         and f.at < m.at::timestamptz(3) and (f.lifted_at is null or f.lifted_at >= a.held_at))
       or coalesce((select t.frozen from model_thaw t
         where t.connection_id = a.connection_id and t.at < m.at order by t.at desc limit 1), false) as frozen
     from model_move m join approval a on a.id = m.approval_id
     where m.approval_id = any($1::uuid[]) order by m.n`,
    [[...ids]],
  );
  return z.array(moveSchema).parse(rows);
}

/** The entry that has to be there for a move, by where it leads. */
const RECORDED_AS: Readonly<Record<ApprovalState, readonly string[]>> = {
  held: ['approval.held', 'approval.rejudged'],
  approved: ['approval.approved'],
  denied: ['approval.denied', 'approval.rejudged'],
  expired: ['approval.expired'],
  withdrawn: ['approval.withdrawn'],
  claimed: ['approval.claimed', 'call.continued'],
  answered: ['call.answered'],
  delivered: ['approval.delivered'],
  failed: ['call.failed'],
  unknown: ['call.unknown', 'approval.unknown'],
  void: ['approval.rejudged'],
};

/** What is wrong with one approval's moves; empty where every invariant holds. */
export function faultsOf(moves: readonly Move[]): readonly string[] {
  const claims = moves.filter(
    (move) => move.moved_from === 'approved' && move.moved_to === 'claimed',
  );
  return [
    ...moves.flatMap((move, index) => faultsOfMove(move, moves[index - 1])),
    ...(claims.length > 1 ? [`It was claimed ${claims.length} times.`] : []),
    ...claims.flatMap(faultsOfClaim),
  ];
}

function faultsOfMove(move: Move, before: Move | undefined): readonly string[] {
  const { moved_from: from, moved_to: to, kinds } = move;
  const faults: string[] = [];
  if (from !== (before?.moved_to ?? null)) faults.push(`It went from ${from} without being there.`);
  const isLegal =
    from === null
      ? to === 'held'
      : EVENTS.some((event) => {
          const next = transition(from, event);
          return next.ok && next.state === to;
        });
  if (!isLegal) faults.push(`It went from ${from} to ${to}, which the table doesn't have.`);
  if (!kinds.some((kind) => RECORDED_AS[to].includes(kind)))
    faults.push(`It went to ${to} with no entry in the same transaction but: ${kinds.join(', ')}.`);
  return faults;
}

function faultsOfClaim({
  steps,
  approved,
  denied,
  tied,
  frozen,
  epochs: [heldUnder, now],
}: Move): readonly string[] {
  const faults: string[] = [];
  if (heldUnder !== now)
    faults.push(`It was held under freeze epoch ${heldUnder}, and claimed under ${now}.`);
  if (denied) faults.push('It was claimed though somebody denied it.');
  if (frozen) faults.push('It was claimed though it was frozen since it was held.');
  if (approved.some(({ person }) => tied.includes(person)))
    faults.push('It was claimed with a verdict of its caller, or of the owner of it.');
  for (const [index, { quorum, isVoid }] of steps.entries()) {
    if (isVoid) continue;
    const people = new Set(
      approved.filter(({ step }) => step === index).map(({ person }) => person),
    );
    if (people.size < quorum)
      faults.push(`It was claimed with ${people.size} of ${quorum} people in step ${index + 1}.`);
  }
  return faults;
}
