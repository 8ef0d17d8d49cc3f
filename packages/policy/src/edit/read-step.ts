import { isList, isPlainMap, type PlainMap } from './values.ts';

/** Who may decide, as a form holds it. */
export interface ReviewersValues {
  readonly groups: readonly string[];
  readonly people: readonly string[];
  readonly onCall?: string;
}

/** What happens at a deadline, as a form holds it; durations as they are written. */
export type OnDeadlineValues =
  | { readonly kind: 'deny' }
  | { readonly kind: 'remind'; readonly every: string; readonly atMost?: number }
  | {
      readonly kind: 'escalate';
      readonly rounds: readonly { readonly to: ReviewersValues; readonly for: string }[];
    };

export interface StepValues extends ReviewersValues {
  readonly quorum?: number;
  readonly deadline?: string;
  /** Absent where the text doesn't say: then it is a denial. */
  readonly onDeadline?: OnDeadlineValues;
}

/** A step of a chain; `undefined` where it says what a form has no place for. */
export function stepOf(step: unknown): StepValues | undefined {
  if (!isPlainMap(step)) return undefined;
  const { reviewers, quorum, deadline, onDeadline, ...others } = step;
  const who = reviewersOf(reviewers);
  const then = onDeadline === undefined ? undefined : onDeadlineOf(onDeadline);
  if (who === undefined || (onDeadline !== undefined && then === undefined)) return undefined;
  if (hasOthers(others) || !isNumber(quorum) || !isOptionalText(deadline)) return undefined;
  return {
    ...who,
    ...(quorum !== undefined && { quorum }),
    ...(deadline !== undefined && { deadline }),
    ...(then !== undefined && { onDeadline: then }),
  };
}

function reviewersOf(reviewers: unknown): ReviewersValues | undefined {
  if (!isPlainMap(reviewers)) return undefined;
  const { groups = [], people = [], onCall, ...others } = reviewers;
  if (!isTexts(groups) || !isTexts(people) || !isOptionalText(onCall) || hasOthers(others)) {
    return undefined;
  }
  return { groups, people, ...(onCall !== undefined && { onCall }) };
}

function onDeadlineOf(value: unknown): OnDeadlineValues | undefined {
  if (value === 'deny') return { kind: 'deny' };
  if (!isPlainMap(value)) return undefined;
  const { remind, escalate, ...others } = value;
  if (hasOthers(others) || (remind === undefined) === (escalate === undefined)) return undefined;
  return remind === undefined ? escalationOf(escalate) : reminderOf(remind);
}

function reminderOf(remind: unknown): OnDeadlineValues | undefined {
  if (!isPlainMap(remind)) return undefined;
  const { every, atMost, ...others } = remind;
  if (typeof every !== 'string' || !isNumber(atMost) || hasOthers(others)) return undefined;
  return { kind: 'remind', every, ...(atMost !== undefined && { atMost }) };
}

function escalationOf(escalate: unknown): OnDeadlineValues | undefined {
  if (!isList(escalate) || escalate.length === 0) return undefined;
  const rounds = escalate.map((round) => {
    if (!isPlainMap(round)) return undefined;
    const { to, for: time, ...others } = round;
    const who = reviewersOf(to);
    if (who === undefined || typeof time !== 'string' || hasOthers(others)) return undefined;
    return { to: who, for: time };
  });
  return rounds.every((round) => round !== undefined) ? { kind: 'escalate', rounds } : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return isList(value) && value.every((item) => typeof item === 'string');
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isNumber(value: unknown): value is number | undefined {
  return value === undefined || typeof value === 'number';
}

function hasOthers(others: PlainMap): boolean {
  return Object.keys(others).length > 0;
}
