import { z } from 'zod';
import { faultOfBody, faultOfUrl, TICKET_WORDS, type TicketWord } from './ticket-template.ts';

/** The name of a status, as the ticket system shows it. */
const statusSchema = z.string().trim().min(1, 'The name of a status.').max(100);

/** Tickets in a project of Jira Cloud: one for each step that asks. */
export const jiraConfigSchema = z.object({
  kind: z.literal('jira'),
  /** `https://example.atlassian.net`, or `https://api.atlassian.com/ex/jira/<id>` for scoped tokens. */
  site: z
    .url({ protocol: /^https?$/, error: 'An address such as https://example.atlassian.net.' })
    .max(500)
    .regex(/^[^?#@]+$/, 'Without a query, a fragment or a user.')
    .transform((site) => site.replace(/\/+$/, '')),
  allowPrivate: z.boolean().default(false),
  /** Whose API token it is. Empty: the token is sent as a bearer. */
  user: z.union([z.literal(''), z.email('The e-mail address of an Atlassian account.').max(254)]),
  project: z
    .string()
    .trim()
    .regex(/^[A-Z][A-Z0-9_]{1,49}$/, 'The project’s key, such as OPS.'),
  issueType: z.string().trim().min(1, 'Such as Task.').max(60).default('Task'),
  /** Moving a ticket to one of these is a verdict. `null`: tickets decide nothing. */
  verdicts: z.object({ approved: statusSchema, denied: statusSchema }).nullable().default(null),
  /** Where tickets go that nobody has to look at any more. Empty: they stay. */
  settledStatus: z.string().trim().max(100).default(''),
  withArguments: z.boolean().default(true),
});
export type JiraConfig = z.infer<typeof jiraConfigSchema>;

const headerSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'The name of a header.');

/** Set by the gateway, or between the two ends of a connection. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-length', 'content-type', 'transfer-encoding', 'upgrade'],
  ...['te', 'trailer', 'keep-alive', 'expect', 'accept-encoding', 'proxy-authorization'],
]);

/** A request with placeholders such as `{title}`: in its address, and in the texts of its body. */
function requestSchema(words: readonly TicketWord[]) {
  return z.object({
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
    url: z
      .string()
      .trim()
      .min(1, 'An address.')
      .max(2000)
      .superRefine((url, context) => addFault(context, faultOfUrl(url, words))),
    body: z
      .string()
      .max(20_000)
      .superRefine((body, context) => addFault(context, faultOfBody(body, words))),
  });
}

function addFault(context: z.RefinementCtx, message: string | undefined): void {
  if (message !== undefined) context.addIssue({ code: 'custom', message });
}

const beforeTicket = TICKET_WORDS.filter((word) => word !== 'ticket' && word !== 'status');
const afterTicket = TICKET_WORDS.filter((word) => word !== 'status');

/** Tickets in any system that takes JSON over HTTP. */
export const restConfigSchema = z.object({
  kind: z.literal('rest'),
  create: requestSchema(beforeTicket),
  /** JSON pointer to the ticket's id in the answer to `create`. */
  ticketPointer: z
    .string()
    .trim()
    .regex(/^(\/([^~/]|~[01])*)+$/, 'A JSON pointer, such as /id.')
    .max(200),
  comment: requestSchema(afterTicket).nullable().default(null),
  /** Sent once nobody is asked by a ticket any more, with what became of it as `{status}`. */
  transition: requestSchema(TICKET_WORDS).nullable().default(null),
  /** The header that carries the secret. */
  secretHeader: headerSchema
    .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), 'The gateway sets this header itself.')
    .default('Authorization'),
  /** The header that names a create request, so that a repeated one makes no second ticket. */
  idempotencyHeader: z
    .union([z.literal(''), headerSchema])
    .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), 'The gateway sets this header itself.')
    .default('Idempotency-Key'),
  /** Takes verdicts back, signed with a secret of their own. */
  verdicts: z.boolean().default(false),
  allowPrivate: z.boolean().default(false),
  withArguments: z.boolean().default(true),
});
export type RestConfig = z.infer<typeof restConfigSchema>;
export type RestRequest = RestConfig['create'];
