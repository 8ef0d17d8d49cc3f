import { isWithinHours } from '@holdpoint/approval';
import type { NotificationEvent, RouteHours, RouteMatch, Severity } from '@holdpoint/contracts';
import { compileGlob } from '@holdpoint/policy';
import type { ApprovalEventFacts, EventFacts } from '../events/event-facts.ts';

/** What routes are compared with. */
export interface Happening {
  readonly event: NotificationEvent;
  readonly facts: EventFacts;
  /** Database time at which it happened. */
  readonly at: Date;
  /** Whom escalations before it asked, of which step (from 1). */
  readonly escalated?: readonly AskedGroups[];
}

export interface AskedGroups {
  readonly step: number;
  readonly groups: readonly string[];
}

const ORDER: Readonly<Record<Severity, number>> = { low: 0, normal: 1, high: 2, critical: 3 };

/** How urgent a message is. It follows from what happened alone, so nothing an agent sends raises it. */
export function severityOf({ event, facts }: Pick<Happening, 'event' | 'facts'>): Severity {
  switch (event) {
    case 'approval.break_glass':
    case 'freeze.set':
      return 'critical';
    case 'approval.escalated':
    case 'approval.unknown':
      return 'high';
    case 'approval.held':
    case 'approval.advanced':
      return facts.kind === 'approval' && stepAsked(facts)?.needsPasskey === true
        ? 'high'
        : 'normal';
    case 'approval.reminded':
    case 'approval.failed':
    case 'freeze.lifted':
      return 'normal';
    case 'approval.settled':
    case 'approval.claimed':
    case 'approval.answered':
    case 'approval.delivered':
      return 'low';
    default:
      return event satisfies never;
  }
}

/** Whether it is as urgent, or more so. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return ORDER[severity] >= ORDER[least];
}

/** Every list that isn't empty has to match. */
export function isTaken(match: RouteMatch, happening: Happening): boolean {
  const { event, facts, at, escalated = [] } = happening;
  return (
    match.events.includes(event) &&
    isAtLeast(severityOf(happening), match.minSeverity) &&
    (facts.kind === 'approval'
      ? takesApproval(match, facts, escalated)
      : takesFreeze(match, facts)) &&
    (match.hours === null || isWithin(match.hours, at))
  );
}

function takesApproval(
  match: RouteMatch,
  facts: ApprovalEventFacts,
  escalated: readonly AskedGroups[],
): boolean {
  if (!isNamed(match.connections, facts.connection.slug)) return false;
  // Once nobody is asked any more, whoever was asked is told how it ended.
  const steps = facts.steps
    .map((step, index) => ({ ...step, number: index + 1 }))
    .filter(({ number }) => facts.current === null || number === facts.current + 1);
  const others = [
    ...(facts.asked === undefined ? [] : [facts.asked]),
    ...(facts.current === null ? escalated : []),
  ];
  const asked = ({ number, reviewers }: (typeof steps)[number]) => [
    ...reviewers.groups,
    ...others.flatMap(({ step, groups }) => (step === number ? groups : [])),
  ];
  return steps.some(
    (step) =>
      isNamed(match.chains, step.chain) &&
      (match.steps.length === 0 || match.steps.includes(step.number)) &&
      (match.groups.length === 0 || asked(step).some((group) => match.groups.includes(group))),
  );
}

/** A freeze asks no step. One of a caller or of everything stops calls on every connection. */
function takesFreeze(
  match: RouteMatch,
  { slug }: Extract<EventFacts, { kind: 'freeze' }>,
): boolean {
  return slug === null || isNamed(match.connections, slug);
}

function stepAsked({ steps, current }: ApprovalEventFacts) {
  return current === null ? undefined : steps[current];
}

function isNamed(patterns: readonly string[], name: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => compileGlob(pattern)(name));
}

/** Whether clocks of the zone show a time within the hours, or outside of them. */
export function isWithin({ when, ...hours }: RouteHours, at: Date): boolean {
  return isWithinHours(hours, at) === (when === 'inside');
}
