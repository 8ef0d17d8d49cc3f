import { nextTimer, progress, type Step, type VerdictRecord } from '@holdpoint/approval';
import type { TimerEvent } from '@holdpoint/contracts';
import { reviewersOf, whyOutOfTime } from './timer-words.ts';
import type { ApprovalTimers } from './approval.ts';

/** What the time of a held call asks for now. */
export type Due =
  /** Its current step isn't the one that the timers are of. */
  | { readonly kind: 'open'; readonly step: number }
  | { readonly kind: 'deny'; readonly step: number; readonly reason: string }
  | {
      readonly kind: 'fire';
      readonly step: number;
      readonly fired: number;
      readonly nextAt: Date;
      readonly events: readonly TimerEvent[];
    }
  | { readonly kind: 'nothing' };

/**
 * Pure. A step whose end has passed is denied and nothing else: to ask others for what is over would
 * only send them to an empty page.
 */
export function dueNow(
  steps: readonly Step[],
  verdicts: readonly VerdictRecord[],
  timers: ApprovalTimers | null,
  now: Date,
): Due {
  const { currentStep, perStep } = progress(steps, verdicts);
  const step = currentStep === null ? undefined : steps[currentStep];
  if (currentStep === null || step === undefined) return { kind: 'nothing' };
  if (timers?.step !== currentStep) return { kind: 'open', step: currentStep };
  if (timers.endsAt <= now) {
    const approvals = perStep[currentStep]?.approvedBy.length ?? 0;
    const spentMs = timers.endsAt.getTime() - timers.openedAt.getTime();
    return { kind: 'deny', step: currentStep, reason: whyOutOfTime(step, approvals, spentMs) };
  }
  const events: TimerEvent[] = [];
  let fired = timers.fired;
  let next = nextTimer(step, timers.openedAt, fired);
  while (next !== null && next.kind !== 'deny' && next.at <= now) {
    const to = reviewersOf(next.kind === 'escalate' ? next.to : step.reviewers);
    const kind = next.kind === 'escalate' ? 'escalated' : 'reminded';
    events.push({ kind, step: currentStep, at: now.toISOString(), to });
    fired += 1;
    next = nextTimer(step, timers.openedAt, fired);
  }
  const nextAt = next?.at ?? timers.endsAt;
  return { kind: 'fire', step: currentStep, fired, nextAt, events };
}
