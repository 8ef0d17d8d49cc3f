import type { ChainStep, Reviewers } from './chain.ts';

/** What a step's time brings, in order. The last one is always `deny`. */
export type StepTimer =
  | { readonly kind: 'remind'; readonly at: Date; readonly nth: number; readonly of: number }
  | {
      readonly kind: 'escalate';
      readonly at: Date;
      /** Counts from 0. */
      readonly round: number;
      readonly to: Reviewers;
    }
  | { readonly kind: 'deny'; readonly at: Date };

/**
 * Everything that happens to a step as long as nobody decides, from the moment it opened. The sweep
 * and the dry run both ask this, so that what is shown is what happens.
 */
export function timersOf(
  { deadlineMs, onDeadline }: Pick<ChainStep, 'deadlineMs' | 'onDeadline'>,
  openedAt: Date,
): readonly StepTimer[] {
  const at = (ms: number) => new Date(openedAt.getTime() + ms);
  if (onDeadline === 'deny') return [{ kind: 'deny', at: at(deadlineMs) }];
  if (onDeadline.kind === 'remind') {
    const { everyMs, atMost } = onDeadline;
    const reminders = Array.from({ length: atMost }, (_, index): StepTimer => ({
      kind: 'remind',
      at: at(deadlineMs + index * everyMs),
      nth: index + 1,
      of: atMost,
    }));
    return [...reminders, { kind: 'deny', at: at(deadlineMs + atMost * everyMs) }];
  }
  let ms = deadlineMs;
  const rounds = onDeadline.rounds.map(({ to, forMs }, round): StepTimer => {
    const timer: StepTimer = { kind: 'escalate', at: at(ms), round, to };
    ms += forMs;
    return timer;
  });
  return [...rounds, { kind: 'deny', at: at(ms) }];
}

/**
 * The next thing that happens to a step; `null` once it ended.
 *
 * @param fired how many of its timers have fired since it opened
 */
export function nextTimer(
  step: Pick<ChainStep, 'deadlineMs' | 'onDeadline'>,
  openedAt: Date,
  fired: number,
): StepTimer | null {
  return timersOf(step, openedAt)[fired] ?? null;
}

/** When a step is denied if nobody decides. */
export function endOf(step: Pick<ChainStep, 'deadlineMs' | 'onDeadline'>, openedAt: Date): Date {
  return timersOf(step, openedAt).at(-1)?.at ?? openedAt;
}
