import type { ApprovalSummary } from '@holdpoint/contracts';

/** A row of the inbox. `gone`: it left the pending ones while it was on the screen. */
export interface Row {
  readonly approval: ApprovalSummary;
  readonly gone: boolean;
}

/**
 * Brings the rows up to date without moving one of them: what is no longer pending stays in its
 * place, marked; what is new comes at the end, the longest waiting first.
 */
export function reconcile(rows: readonly Row[], pending: readonly ApprovalSummary[]): Row[] {
  const byId = new Map(pending.map((approval) => [approval.id, approval]));
  const kept = rows.map((row) => {
    const approval = byId.get(row.approval.id);
    return approval === undefined ? { ...row, gone: true } : { approval, gone: false };
  });
  const known = new Set(rows.map((row) => row.approval.id));
  const added = pending
    .filter((approval) => !known.has(approval.id))
    .toSorted((a, b) => a.heldAt.localeCompare(b.heldAt))
    .map((approval) => ({ approval, gone: false }));
  return [...kept, ...added];
}

/** What stays when the person moves on: the pending rows and the one being opened. */
export function withoutGone(rows: readonly Row[], openedId: string | null): Row[] {
  return rows.filter((row) => !row.gone || row.approval.id === openedId);
}

/** The pending row after the opened one, from the top again at the end; `null` when there is no other. */
export function nextPending(rows: readonly Row[], openedId: string | null): string | null {
  const index = rows.findIndex((row) => row.approval.id === openedId);
  const inOrder = [...rows.slice(index + 1), ...rows.slice(0, Math.max(0, index))];
  return inOrder.find((row) => !row.gone)?.approval.id ?? null;
}
