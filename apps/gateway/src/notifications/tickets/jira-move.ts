import type { NamedVerdicts, TicketRow } from './ticket.sql.ts';
import { contentHash } from './jira-content.ts';
import { isLabelledLater, labelOf } from './jira-label.ts';
import type { JiraChange, JiraReading } from './jira-reader.ts';

/** How long after a move an approval is still what its person wants. */
const LATE_MS = 3_600_000;

/** What the newest move of a ticket says. */
export type JiraMove =
  /** It is no verdict. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'verdict';
      readonly verdict: 'approve' | 'deny';
      readonly changeId: string;
      readonly at: Date;
      readonly account: string;
    }
  | { readonly kind: 'refused'; readonly changeId: string; readonly why: string };

const CHANGED_TEXTS: ReadonlySet<string> = new Set(['description', 'summary']);
const APPROVE_THERE = 'Open the call in Holdpoint to approve it.';
const NOT_RECORDED = 'Nothing was recorded:';

/**
 * Whether the newest move of a ticket is a verdict, and whose.
 * INVARIANT: an approval counts only for what its person saw: texts of the ticket that nobody ever
 * changed, that showed all that would run.
 */
export function moveOf(ticket: TicketRow, reading: JiraReading, now: Date): JiraMove {
  const { status, changes } = reading;
  const verdict = verdictOf(ticket.verdicts, status.name);
  if (ticket.step === null || verdict === undefined || changes === null) return { kind: 'none' };
  const last = changes.findLast(({ items }) => items.some(isStatus));
  // It was moved on meanwhile: of that move there is another hint.
  const to = last?.items.findLast(isStatus);
  if (last === undefined || to?.to !== status.id) return { kind: 'none' };
  const { id: changeId, created: at, author } = last;
  const refused = (why: string) => ({ kind: 'refused', changeId, why }) as const;
  // Whoever runs the project can give a status that people moved tickets to the name of a verdict.
  if (verdictOf(ticket.verdicts, to.toName) !== verdict)
    return refused(`${NOT_RECORDED} the status had another name when the ticket was moved there.`);
  if (ticket.isClosed) return refused(`${NOT_RECORDED} nobody is asked by this ticket any more.`);
  if (author === undefined) {
    return refused(`${NOT_RECORDED} Jira doesn’t say whose account moved the ticket.`);
  }
  const why = verdict === 'approve' ? whyNotApproved(ticket, reading, changes, at, now) : undefined;
  if (why !== undefined) return refused(`${NOT_RECORDED} ${why} ${APPROVE_THERE}`);
  return { kind: 'verdict', verdict, changeId, at, account: author.accountId };
}

function whyNotApproved(
  { digest, contentHash: written, messageId }: TicketRow,
  { content }: JiraReading,
  changes: readonly JiraChange[],
  at: Date,
  now: Date,
): string | undefined {
  if (digest === null)
    return 'this ticket doesn’t show all that would run, or a passkey is demanded.';
  const isChanged = changes.some(({ items }) =>
    items.some(({ field }) => CHANGED_TEXTS.has(field)),
  );
  if (isChanged || written === null || contentHash(content) !== written)
    return 'the texts of this ticket were changed after it was opened, so nobody knows what was approved.';
  if (isLabelledLater(changes, labelOf(messageId)))
    return 'the label that this ticket is found by was put on it later, so it may be another one.';
  if (now.getTime() - at.getTime() > LATE_MS)
    return 'Holdpoint got to know of it only more than an hour after the ticket was moved.';
  return undefined;
}

function isStatus({ field }: JiraChange['items'][number]): boolean {
  return field === 'status';
}

/** By the names that the ticket itself said. */
function verdictOf(verdicts: NamedVerdicts | null, status: string): 'approve' | 'deny' | undefined {
  const name = status.toLowerCase();
  if (verdicts?.approved.toLowerCase() === name) return 'approve';
  return verdicts?.denied.toLowerCase() === name ? 'deny' : undefined;
}
