import type { OnDeadline, Reviewers, Step } from '@holdpoint/approval';
import type {
  ChainStepInput,
  OnDeadline as StoredOnDeadline,
  PersonRef,
} from '@holdpoint/contracts';
import { durationInWords, parseDuration } from '@holdpoint/policy';
import type { OnDeadlineValues, ReviewersValues, StepValues } from '@holdpoint/policy/edit';

/** A step as its picture shows it; times that can't be read are `NaN`, `null` is the connection's. */
export type DrawnStep = Omit<Step, 'chain' | 'deadlineMs'> & {
  readonly deadlineMs: number | null;
};

/** Milliseconds, or `NaN` where a time can't be read. */
export function msOf(text: string): number {
  try {
    return parseDuration(text.trim());
  } catch {
    return Number.NaN;
  }
}

export function drawn(steps: readonly StepValues[]): readonly DrawnStep[] {
  return steps.map((step) => ({
    reviewers: whoOf(step),
    quorum: step.quorum ?? 1,
    deadlineMs: step.deadline === undefined || step.deadline === '' ? null : msOf(step.deadline),
    onDeadline: onDeadlineOf(step.onDeadline),
  }));
}

/** Reminders unless a chain says how many. */
const REMINDERS = 3;

function onDeadlineOf(then: OnDeadlineValues | undefined): OnDeadline {
  if (then === undefined || then.kind === 'deny') return 'deny';
  if (then.kind === 'remind') {
    return { kind: 'remind', everyMs: msOf(then.every), atMost: then.atMost ?? REMINDERS };
  }
  const rounds = then.rounds.map(({ to, for: time }) => ({ to: whoOf(to), forMs: msOf(time) }));
  return { kind: 'escalate', rounds };
}

function whoOf({ groups, people, onCall }: ReviewersValues) {
  return { groups, people, ...(onCall !== undefined && onCall !== '' && { onCall }) };
}

/** A connection's step as the form holds it. */
export function valuesOf(step: ChainStepInput): StepValues {
  const { groups, people, onCall, quorum, deadlineMs, onDeadline } = step;
  return {
    groups,
    people,
    quorum,
    ...(onCall !== undefined && { onCall }),
    ...(deadlineMs !== undefined && { deadline: durationInWords(deadlineMs) }),
    ...(onDeadline !== undefined && { onDeadline: inWords(onDeadline) }),
  };
}

function inWords(then: StoredOnDeadline): OnDeadlineValues {
  if (then === 'deny') return { kind: 'deny' };
  if (then.kind === 'remind') {
    return { kind: 'remind', every: durationInWords(then.everyMs), atMost: then.atMost };
  }
  const rounds = then.rounds.map(({ to: { groups, people, onCall }, forMs }) => ({
    to: { groups, people, ...(onCall !== undefined && { onCall }) },
    for: durationInWords(forMs),
  }));
  return { kind: 'escalate', rounds };
}

/** As the gateway takes it; a time that can't be read stays for the schema to find. */
export function inputOf(step: StepValues) {
  const [one] = drawn([step]);
  return {
    groups: step.groups,
    people: step.people,
    quorum: step.quorum ?? 1,
    ...(one?.reviewers.onCall !== undefined && { onCall: one.reviewers.onCall }),
    ...(one !== undefined && one.deadlineMs !== null && { deadlineMs: one.deadlineMs }),
    ...(one !== undefined && one.onDeadline !== 'deny' && { onDeadline: one.onDeadline }),
  };
}

export function timeInWords(ms: number | null): string {
  if (ms === null) return 'the connection’s approval window';
  return Number.isNaN(ms) ? 'a time that can’t be read' : durationInWords(ms);
}

/** Who it is, by names that admins set. */
export function circleText(
  { groups, people, onCall }: Reviewers,
  nameOf: (key: string) => string = lastPart,
): string {
  const parts = [
    ...groups.map((group) => `group ${group}`),
    ...people.map(nameOf),
    ...(onCall === undefined || onCall === '' ? [] : [`on call for ${onCall}`]),
  ];
  return parts.length === 0 ? 'nobody' : parts.join(' or ');
}

/** What the gateway says that people are called, for `circleText`. */
export function nameIn(people: readonly PersonRef[]): (key: string) => string {
  const names = new Map(people.map(({ key, name }) => [key, name]));
  return (key) => names.get(key) ?? lastPart(key);
}

/** Of a person key, whose first part is the same for everyone. */
export function lastPart(key: string): string {
  return key.split('|').at(-1) ?? key;
}
