import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** What the double's app has; the signing secret is the channel's own choice. */
export const SLACK_DOUBLE = {
  botToken: 'xoxb-1234567890-abcdefghij',
  conversation: 'C0123456789',
  teamId: 'T1',
  team: 'Example Team',
} as const;

const callSchema = z.looseObject({
  ts: z.string().optional(),
  text: z.string().optional(),
  user: z.string().optional(),
  blocks: z
    .array(
      z.looseObject({
        type: z.string(),
        text: z.object({ text: z.string() }).optional(),
        elements: z.array(z.looseObject({ action_id: z.string().optional() })).optional(),
      }),
    )
    .optional(),
});

/** A call of the Web API that was taken. */
export interface SlackCall {
  readonly method: string;
  readonly body: z.infer<typeof callSchema>;
}

export interface SlackButtonShown {
  readonly action_id: string;
  readonly value?: string | undefined;
  readonly url?: string | undefined;
}

export interface SlackDouble {
  /** Where its methods are: `<api>/chat.postMessage` and so on. */
  readonly api: string;
  readonly calls: readonly SlackCall[];
  /** The next call of the method is answered with an error, which may pass by itself. */
  refuse(method: string, error?: string): void;
  close(): void;
}

/** Slack's Web API as far as it is used: it checks the token, and the shape of each message. */
export async function startSlackDouble(): Promise<SlackDouble> {
  const calls: SlackCall[] = [];
  const refused: { readonly method: string; readonly error: string }[] = [];
  let count = 0;
  const answerTo = (method: string, authorization: string | undefined, sent: string): object => {
    if (authorization !== `Bearer ${SLACK_DOUBLE.botToken}`)
      return { ok: false, error: 'invalid_auth' };
    const at = refused.findIndex((each) => each.method === method);
    const [refusal] = at === -1 ? [] : refused.splice(at, 1);
    if (refusal !== undefined) return { ok: false, error: refusal.error };
    const body = callSchema.parse(JSON.parse(sent === '' ? '{}' : sent));
    if (!areBlocksTaken(body)) return { ok: false, error: 'invalid_blocks' };
    calls.push({ method, body });
    if (method === 'auth.test')
      return { ok: true, team: SLACK_DOUBLE.team, team_id: SLACK_DOUBLE.teamId };
    const ts = body.ts ?? `1700000000.${String((count += 1)).padStart(6, '0')}`;
    return { ok: true, ts, channel: SLACK_DOUBLE.conversation };
  };
  const server = createServer((req, res) => {
    void text(req).then((sent) => {
      const method = (req.url ?? '').replace('/api/', '');
      const answer = answerTo(method, req.headers.authorization, sent);
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    api: `http://127.0.0.1:${portOf(server)}/api`,
    calls,
    refuse: (method, error = 'internal_error') => void refused.push({ method, error }),
    close: () => void server.close(),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens nowhere.');
  return address.port;
}

const KINDS: ReadonlySet<string> = new Set([
  'header',
  'section',
  'rich_text',
  'context',
  'actions',
  'input',
]);

/** https://docs.slack.dev/reference/block-kit/blocks: lengths and kinds that Slack refuses. */
function areBlocksTaken({ blocks = [] }: SlackCall['body']): boolean {
  const isTaken = ({ type, text: shown }: (typeof blocks)[number]) =>
    KINDS.has(type) &&
    shown?.text !== '' &&
    (shown?.text.length ?? 1) <= (type === 'header' ? 150 : 3000);
  return blocks.length <= 50 && blocks.every(isTaken);
}

const shownSchema = z.object({
  action_id: z.string(),
  value: z.string().optional(),
  url: z.string().optional(),
});

/** The buttons under a message. */
export function slackButtons(call: SlackCall | undefined): readonly SlackButtonShown[] {
  const actions = (call?.body.blocks ?? []).filter(({ type }) => type === 'actions');
  return actions.flatMap(({ elements }) => shownSchema.array().parse(elements));
}

/** The headers of a request that Slack signed. `timestamp` in seconds. */
export function signedBySlack(
  secret: string,
  body: string,
  timestamp = Math.floor(Date.now() / 1000),
): Record<string, string> {
  const mac = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(timestamp),
    'x-slack-signature': `v0=${mac}`,
  };
}

/** The body by which Slack says that somebody pressed a button. */
export function slackPress(
  user: string,
  { action_id, value }: SlackButtonShown,
  teamId: string = SLACK_DOUBLE.teamId,
): string {
  return formOf({
    type: 'block_actions',
    user: { id: user, team_id: teamId },
    trigger_id: `trigger.${Math.random()}`,
    channel: { id: SLACK_DOUBLE.conversation },
    actions: [{ action_id, ...(value !== undefined && { value }) }],
  });
}

/** The body by which Slack says that somebody sent the dialog which asks for the reason. */
export function slackReason(user: string, view: object, reason: string): string {
  return formOf({
    type: 'view_submission',
    user: { id: user, team_id: SLACK_DOUBLE.teamId },
    view: { ...view, state: { values: { reason: { reason: { value: reason } } } } },
  });
}

function formOf(payload: object): string {
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}
