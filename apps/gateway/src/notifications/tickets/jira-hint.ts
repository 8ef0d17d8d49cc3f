import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { jsonOf } from '../../platform/json-of.ts';

/** Jira sends a webhook again for some time where it got no answer, with the time of what happened. */
const FRESH_MS = 3_600_000;
/** Clocks differ. */
const AHEAD_MS = 300_000;

/** https://developer.atlassian.com/cloud/jira/platform/webhooks/: as far as it is used. */
const bodySchema = z.object({
  timestamp: z.number(),
  webhookEvent: z.string(),
  issue: z.object({ id: z.string().regex(/^\d{1,20}$/) }),
  comment: z.object({ id: z.string().regex(/^\d{1,20}$/) }).optional(),
  changelog: z.object({ items: z.array(z.object({ field: z.string() })) }).optional(),
});

/** What somebody who has the secret says that happened. It is looked up before anything comes of it. */
export interface JiraHint {
  readonly ticketId: string;
  /** A comment that was made; else a ticket was moved. */
  readonly commentId: string | null;
}

export type ReadHint =
  | { readonly kind: 'forged' }
  | { readonly kind: 'stale' }
  /** Of something else. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'hint'; readonly hint: JiraHint; readonly signature: string };

/** Before anything is read or looked up: what can't be signed costs nothing. */
export function looksSigned({ 'x-hub-signature': given }: IncomingHttpHeaders): boolean {
  return typeof given === 'string' && /^sha256=[0-9a-f]{64}$/.test(given);
}

/** INVARIANT: nothing of the body is read before it is known to be signed with this channel's secret. */
export function readHint(
  secret: string,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  nowMs: number,
): ReadHint {
  const given = headers['x-hub-signature'];
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  const expected = Buffer.from(`sha256=${mac}`);
  const actual = Buffer.from(typeof given === 'string' ? given : '');
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual))
    return { kind: 'forged' };
  const parsed = bodySchema.safeParse(jsonOf(Buffer.from(body).toString('utf8')));
  if (!parsed.success) return { kind: 'nothing' };
  const { timestamp, webhookEvent, issue, comment, changelog } = parsed.data;
  const age = nowMs - timestamp;
  if (age > FRESH_MS || age < -AHEAD_MS) return { kind: 'stale' };
  const hint = { ticketId: issue.id };
  if (webhookEvent === 'comment_created' && comment !== undefined)
    return { kind: 'hint', hint: { ...hint, commentId: comment.id }, signature: mac };
  const isMove =
    webhookEvent === 'jira:issue_updated' &&
    changelog?.items.some(({ field }) => field === 'status') === true;
  return isMove
    ? { kind: 'hint', hint: { ...hint, commentId: null }, signature: mac }
    : { kind: 'nothing' };
}
