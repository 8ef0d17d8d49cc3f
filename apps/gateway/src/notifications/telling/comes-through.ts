import { tellingTime } from '@holdpoint/approval';
import type { NotificationEvent, NotificationPreference } from '@holdpoint/contracts';
import type { EventFacts } from '../events/event-facts.ts';
import { isAtLeast, severityOf } from '../routes/routing.ts';

/** What is about to be told to one person. */
export interface AboutToTell {
  readonly event: NotificationEvent;
  readonly facts: EventFacts;
  /** By the database's clock. */
  readonly now: Date;
  /** When nobody could decide about it any more. */
  readonly deadline: Date | null;
  /** It takes the place of what is shown, without a sound. */
  readonly isSilent: boolean;
}

/** Until when a person is not told of it: `null` for not at all. */
export function heldBackUntil(
  preference: NotificationPreference,
  { event, facts, now, deadline, isSilent }: AboutToTell,
): Date | null {
  if (isSilent) return null;
  const due = tellingTime(preference, now);
  if (due === null || isAtLeast(severityOf({ event, facts }), preference.least)) return null;
  if (preference.escalations && event === 'approval.escalated') return null;
  // An unheard deadline denies.
  if (preference.deadlines && deadline !== null && deadline <= due) return null;
  return due;
}
