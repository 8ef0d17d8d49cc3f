import {
  ASKING_EVENTS,
  notificationEventSchema,
  sentenceText,
  severitySchema,
  shownArgumentsSchema,
  visibleString,
} from '@holdpoint/contracts';
import { z } from 'zod';
import { severityOf } from '../routes/routing.ts';
import { isCut } from '../senders/plain.ts';
import { eventFactsSchema, type ApprovalEventFacts, type FreezeEventFacts } from './event-facts.ts';
import type { EventRow } from './event.sql.ts';

/**
 * What is told, before a channel gives it its form. Every text in it that isn't ours may be hostile:
 * each form escapes it anew. Kept sealed with its event, since it has the arguments.
 */
export const noticeSchema = z.object({
  event: z.union([notificationEventSchema, z.literal('channel.test')]),
  at: z.string(),
  severity: severitySchema,
  /** One line: names that an admin set, and the escaped name of what is called. */
  sentence: z.string(),
  facts: eventFactsSchema.nullable(),
  arguments: shownArgumentsSchema.nullable(),
  /**
   * Of events that ask: about which step a verdict would be, and the digest of what is shown. `null`
   * where it doesn't show all that would be approved.
   */
  decision: z
    .object({ step: z.number().int(), digest: z.string().nullable() })
    .nullable()
    .default(null),
  link: z.string(),
});
export type Notice = z.infer<typeof noticeSchema>;

export function isAsking(event: string): boolean {
  return ASKING_EVENTS.some((one) => one === event);
}

export function noticeOf(
  { event, facts, at }: Pick<EventRow, 'event' | 'facts' | 'at'>,
  held: HeldArgumentsShown,
  publicUrl: string,
): Notice {
  const step = isAsking(event) && facts.kind === 'approval' ? facts.current : null;
  const sentence = facts.kind === 'approval' ? sentenceOf(facts) : freezeSentence(event, facts);
  // INVARIANT: nobody approves by a sentence that is cut: what would run is named only in it.
  const digest = isCut(sentence) ? null : held.digest;
  return {
    event,
    at: at.toISOString(),
    severity: severityOf({ event, facts }),
    sentence,
    facts,
    arguments: held.arguments,
    decision: step === null ? null : { step, digest },
    link:
      facts.kind === 'approval'
        ? `${publicUrl}/inbox/${facts.approvalId}`
        : `${publicUrl}/settings/freeze`,
  };
}

/** What a held call's arguments come to in a message; the digest only where all of it is there. */
export interface HeldArgumentsShown {
  readonly arguments: Notice['arguments'];
  readonly digest: string | null;
}

/** For a test: nothing happened. */
export function testNotice(publicUrl: string, at: Date): Notice {
  return {
    event: 'channel.test',
    at: at.toISOString(),
    severity: 'low',
    sentence: 'This is a test of a channel: nothing was held, and nobody has to do anything',
    facts: null,
    arguments: null,
    decision: null,
    link: `${publicUrl}/settings/channels`,
  };
}

function sentenceOf({ method, target, caller, connection }: ApprovalEventFacts): string {
  return sentenceText({
    method,
    target,
    caller: { kind: caller.kind, displayName: caller.name },
    connection,
  });
}

function freezeSentence(event: string, { scope, title, person }: FreezeEventFacts): string {
  const what = scope === 'installation' ? 'everything' : visibleString(title);
  const who = visibleString(person);
  return event === 'freeze.lifted' ? `${who} lifted the freeze of ${what}` : `${who} froze ${what}`;
}

/** What happened, in a few words; the sentence says to what. */
export function headlineOf({ event, facts }: Notice): string {
  switch (event) {
    case 'approval.held':
      return 'Held for approval';
    case 'approval.advanced':
      return 'The next step of the chain asks';
    case 'approval.reminded':
      return 'Reminder: it still waits';
    case 'approval.escalated':
      return 'Nobody decided in time, so others are asked, too';
    case 'approval.break_glass':
      return 'Break-glass: approved past its chain';
    case 'approval.settled':
      return SETTLED[facts?.kind === 'approval' ? facts.state : ''] ?? 'Settled';
    case 'approval.claimed':
      return 'It runs';
    case 'approval.answered':
      return 'It ran and was answered';
    case 'approval.delivered':
      return 'Its answer reached the agent';
    case 'approval.failed':
      return 'It failed';
    case 'approval.unknown':
      return 'It may have run: its outcome is unknown';
    case 'freeze.set':
      return 'Frozen';
    case 'freeze.lifted':
      return 'No longer frozen';
    case 'channel.test':
      return 'Test';
    default:
      return event satisfies never;
  }
}

const SETTLED: Readonly<Record<string, string>> = {
  approved: 'Approved',
  denied: 'Denied',
  expired: 'Nobody decided in time',
  withdrawn: 'Withdrawn',
  void: 'Void: what was held is not what would run any more',
};

/** Lines about it, each one a label and a hostile text. */
export function detailsOf({ facts }: Notice): readonly (readonly [string, string])[] {
  if (facts === null) return [];
  if (facts.kind === 'freeze') return [['Why', facts.reason]];
  const { why, verdicts, breakGlass, steps, current } = facts;
  const step = current === null ? undefined : steps[current];
  const asked = facts.asked?.groups ?? step?.reviewers.groups ?? [];
  return [
    ['Why', why],
    ...(step === undefined
      ? []
      : [['Step', `${(current ?? 0) + 1} of ${steps.length} (${step.chain})`] as const]),
    ...(current === null || asked.length === 0 ? [] : [['Asked', asked.join(', ')] as const]),
    ...(step?.needsPasskey === true ? [['Needs', 'a passkey, in the console'] as const] : []),
    ...verdicts.map(
      ({ verdict, person, reason }) =>
        [
          verdict === 'approve' ? 'Approved by' : 'Denied by',
          reason === null ? person : `${person}: ${reason}`,
        ] as const,
    ),
    ...(breakGlass ? [['Break-glass', `${breakGlass.person}: ${breakGlass.reason}`] as const] : []),
  ];
}

/** What a reader has to know of arguments that aren't there as they are. */
export function argumentsNote({ event, arguments: shown }: Notice): string | null {
  if (!isAsking(event)) return null;
  if (shown === null) return 'The arguments are not shown here. Open the page to read them.';
  const parts = [
    shown.omitted > 0
      ? `${shown.omitted} of ${shown.characters} characters are left out at the end`
      : null,
    shown.masked > 0
      ? `${shown.masked} ${shown.masked === 1 ? 'value is' : 'values are'} masked`
      : null,
  ].filter((part) => part !== null);
  return parts.length === 0
    ? null
    : `${parts.join(', and ')}. Open the page to read all of it before you decide.`;
}
