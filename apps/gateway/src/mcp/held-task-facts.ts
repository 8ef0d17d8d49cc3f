import { progress, type VerdictRecord } from '@holdpoint/approval';
import type { TaskFacts } from '@holdpoint/mcp';
import type { ApprovalRecord } from '../approvals/approval.ts';
import type { HeldTask } from '../approvals/held-task.sql.ts';

/** Soon after a call people may be about to decide; after a while one more poll tells nothing new. */
const INTERVALS: readonly (readonly [untilMs: number, intervalMs: number])[] = [
  [2 * 60_000, 5000],
  [10 * 60_000, 10_000],
];
const LONGEST_INTERVAL_MS = 15_000;
/** Not polled for so many intervals, an agent no longer waits. */
const MISSED_POLLS = 3;
/** How long an answer, or the reason why there is none, is kept for the task. */
export const COLLECTABLE_MS = 30 * 60_000;

/** How often a task of this age is polled. */
function pollIntervalMs(ageMs: number): number {
  return INTERVALS.find(([untilMs]) => ageMs < untilMs)?.[1] ?? LONGEST_INTERVAL_MS;
}

/** How long a poll keeps the agent's place. */
export function leaseMs(ageMs: number): number {
  return pollIntervalMs(ageMs) * MISSED_POLLS;
}

/** What an agent is told of its task besides the status; `message` is all that differs between states. */
export function factsOf(
  taskId: string,
  task: HeldTask,
  approval: ApprovalRecord,
  message: string,
): TaskFacts {
  const { rejudged } = approval;
  return {
    taskId,
    message,
    createdAt: task.createdAt,
    lastUpdatedAt: latest([
      task.createdAt,
      task.cancelledAt,
      rejudged === null ? null : new Date(rejudged.at),
      approval.settledAt,
      approval.claimedAt,
      approval.answeredAt,
    ]),
    ttlMs: Math.max(0, endsAt(approval).getTime() - task.createdAt.getTime()),
    pollIntervalMs: pollIntervalMs(Date.now() - task.createdAt.getTime()),
  };
}

/** After that nothing can be told of it any more, or nothing new. */
function endsAt(approval: ApprovalRecord): Date {
  const { answeredAt, claimedAt, settledAt, releaseExpiresAt, expiresAt } = approval;
  switch (approval.state) {
    case 'held':
      return expiresAt;
    case 'approved':
      return releaseExpiresAt ?? expiresAt;
    default:
      return new Date(latest([answeredAt, claimedAt, settledAt]).getTime() + COLLECTABLE_MS);
  }
}

/** Who is waited for, by names that an admin set. */
export function waitingMessage(
  { steps, rejudged }: Pick<ApprovalRecord, 'steps' | 'rejudged'>,
  verdicts: readonly VerdictRecord[],
  link: string,
): string {
  const { currentStep } = progress(steps, verdicts);
  const step = currentStep === null ? undefined : steps[currentStep];
  const again = rejudged === null ? '' : `${rejudged.reason} `;
  const rest = `${again}Nothing has run yet. A reviewer decides here: ${link}`;
  if (currentStep === null || step === undefined) return `Waiting for approval. ${rest}`;
  const { groups, people, onCall } = step.reviewers;
  const circle = [
    ...groups.map((group) => `“${group}”`),
    ...(people.length > 0 ? ['the people that the chain names'] : []),
    ...(onCall === undefined ? [] : [`whoever is on call for “${onCall}”`]),
  ];
  const count = step.quorum === 1 ? 'one approval' : `${step.quorum} approvals`;
  const place = steps.length === 1 ? '' : ` (step ${currentStep + 1} of ${steps.length})`;
  return `Waiting for ${count} by ${circle.join(' or ')}${place}. ${rest}`;
}

function latest(dates: readonly (Date | null)[]): Date {
  return new Date(Math.max(...dates.map((date) => date?.getTime() ?? 0)));
}
