import type { Reviewers, Step } from './chain.ts';
import { reviewersNow } from './reviewers-now.ts';
import { timersOf, type StepTimer } from './step-timers.ts';

/** One moment in the life of a held call. */
export type PlannedEvent =
  | {
      readonly kind: 'asked' | 'escalated' | 'reminded';
      readonly at: Date;
      readonly step: number;
      /** Who is asked or reminded; rotas resolved at that moment. */
      readonly who: Reviewers;
      /** The rota among them, and who is on call by it then. */
      readonly onCall: { readonly rota: string; readonly person: string | undefined } | null;
    }
  /** `approved` ends a step; all others end the call's wait. */
  | {
      readonly kind: 'approved' | 'released' | 'denied' | 'expired';
      readonly at: Date;
      readonly step: number;
    };

export interface PlanOptions {
  readonly heldAt: Date;
  /** The overall window: whatever a chain says, then it is over. */
  readonly windowMs: number;
  /** Who is on call by a rota at an instant. */
  readonly onCall: (rota: string, at: Date) => string | undefined;
  /** Each step is approved so long after it opened; `null` where nobody ever decides. */
  readonly approvedAfterMs: number | null;
}

/**
 * The dry run of a chain: who is asked, when, and how it ends. By the same timers as the sweep.
 */
export function plan(steps: readonly Step[], options: PlanOptions): readonly PlannedEvent[] {
  const expiresAt = new Date(options.heldAt.getTime() + options.windowMs);
  const events: PlannedEvent[] = [];
  let openedAt = options.heldAt;
  for (const [index, step] of steps.entries()) {
    events.push(asked('asked', index, step.reviewers, openedAt, options));
    const approvedAt = approvalOf(openedAt, options);
    for (const timer of timersOf(step, openedAt)) {
      if (timer.at >= approvedAt || timer.at >= expiresAt) break;
      events.push(eventOf(timer, index, step, options));
      if (timer.kind === 'deny') return events;
    }
    if (approvedAt >= expiresAt)
      return [...events, { kind: 'expired', at: expiresAt, step: index }];
    const kind = index === steps.length - 1 ? 'released' : 'approved';
    events.push({ kind, at: approvedAt, step: index });
    openedAt = approvedAt;
  }
  return events;
}

const NEVER = new Date(8.64e15);

function approvalOf(openedAt: Date, { approvedAfterMs }: PlanOptions): Date {
  return approvedAfterMs === null ? NEVER : new Date(openedAt.getTime() + approvedAfterMs);
}

function eventOf(
  timer: StepTimer,
  step: number,
  { reviewers }: Step,
  options: PlanOptions,
): PlannedEvent {
  switch (timer.kind) {
    case 'remind':
      return asked('reminded', step, reviewers, timer.at, options);
    case 'escalate':
      return asked('escalated', step, timer.to, timer.at, options);
    case 'deny':
      return { kind: 'denied', at: timer.at, step };
    default:
      return timer satisfies never;
  }
}

function asked(
  kind: 'asked' | 'escalated' | 'reminded',
  step: number,
  reviewers: Reviewers,
  at: Date,
  { onCall }: PlanOptions,
): PlannedEvent {
  const rota = reviewers.onCall;
  return {
    kind,
    at,
    step,
    who: reviewersNow({ reviewers, onDeadline: 'deny' }, 0, (name) => onCall(name, at)),
    onCall: rota === undefined ? null : { rota, person: onCall(rota, at) },
  };
}
