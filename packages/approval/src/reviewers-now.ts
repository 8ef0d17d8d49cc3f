import { circlesOf, type ChainStep, type Reviewers, type Step } from './chain.ts';

/** Who is on call by a rota now: a person key, or `undefined` where nobody is. */
export type OnCallNow = (rota: string) => string | undefined;

/**
 * The people and groups who may decide a step now: its own, those of the rounds that were reached,
 * and whoever is on call by their rotas at this moment.
 *
 * INVARIANT: a round only ever adds.
 *
 * @param rounds how many rounds of an escalation were reached
 */
export function reviewersNow(
  step: Pick<ChainStep, 'reviewers' | 'onDeadline'>,
  rounds: number,
  onCallNow: OnCallNow,
): Reviewers {
  const circles = circlesOf(step).slice(0, 1 + rounds);
  const onCall = circles.flatMap((one) =>
    one.onCall === undefined ? [] : (onCallNow(one.onCall) ?? []),
  );
  return {
    groups: unique(circles.flatMap(({ groups }) => groups)),
    people: unique([...circles.flatMap(({ people }) => people), ...onCall]),
  };
}

/** Where a chain's time stands: of which step the timers are, and how many of them fired. */
export interface TimersFired {
  readonly step: number;
  readonly fired: number;
}

/** Rounds that a step has reached. */
export function roundsReached(
  step: Pick<ChainStep, 'onDeadline'>,
  index: number,
  timers: TimersFired | null,
): number {
  const escalates = step.onDeadline !== 'deny' && step.onDeadline.kind === 'escalate';
  return escalates && timers?.step === index ? timers.fired : 0;
}

/**
 * The same steps with the reviewers that each has now, to ask {@link mayDecide} about: rotas resolved,
 * and the rounds of the step that is asked.
 */
export function stepsNow(
  steps: readonly Step[],
  timers: TimersFired | null,
  onCallNow: OnCallNow,
): readonly Step[] {
  return steps.map((step, index) => ({
    ...step,
    reviewers: reviewersNow(step, roundsReached(step, index, timers), onCallNow),
  }));
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
