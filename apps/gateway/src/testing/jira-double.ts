import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Ajv } from 'ajv';
import { z } from 'zod';
import { DOCUMENT_SCHEMA } from './jira-document-schema.ts';

export const JIRA_USER = 'holdpoint@example.com';
export const JIRA_TOKEN = 'jira-token-0123456789';
/** The account that the token belongs to. */
const JIRA_SELF = '5b10a2844c20165700ede21g';

const isDocument = new Ajv({ strict: false }).compile(DOCUMENT_SCHEMA);
const documentSchema = z.custom<JiraDoubleDocument>((value) => isDocument(value), 'not a document');

export interface JiraDoubleDocument {
  readonly type: 'doc';
  readonly content: readonly object[];
}

/**
 * What requests have to be, after `IssueUpdateDetails`, `Comment` and `IssueTransition` of Jira Cloud's
 * published OpenAPI document (platform, version 3); a field that a project has no use for is refused.
 */
const issueSchema = z.strictObject({
  fields: z.strictObject({
    project: z.strictObject({ key: z.literal('OPS') }),
    issuetype: z.strictObject({ name: z.string() }),
    summary: z
      .string()
      .max(255)
      .regex(/^[^\r\n]+$/),
    description: documentSchema,
    labels: z.array(z.string().regex(/^\S{1,255}$/)),
  }),
});
const commentSchema = z.strictObject({ body: documentSchema });
const moveSchema = z.strictObject({ transition: z.strictObject({ id: z.string() }) });

const STATUSES = [
  { id: '1', name: 'To Do' },
  { id: '2', name: 'Approved' },
  { id: '3', name: 'Denied' },
  { id: '4', name: 'Done' },
] as const;
type StatusName = (typeof STATUSES)[number]['name'];

interface Change {
  readonly id: string;
  readonly author: { readonly accountId: string; readonly displayName: string };
  readonly created: string;
  readonly items: readonly object[];
}
interface Comment {
  readonly id: string;
  readonly author: { readonly accountId: string; readonly displayName: string };
  readonly created: string;
  readonly body: object;
}
interface CommentMore {
  readonly updateAuthor?: Comment['author'];
  readonly visibility?: { readonly type: 'role'; readonly value: string };
}
export interface JiraIssue {
  readonly id: string;
  readonly key: string;
  readonly created: string;
  labels: readonly string[];
  readonly creator: string;
  readonly summary: string;
  description: object;
  status: (typeof STATUSES)[number];
  readonly changes: Change[];
  readonly comments: Comment[];
}

export interface JiraDouble {
  readonly origin: string;
  readonly issues: JiraIssue[];
  /** Requests as `METHOD /path`, without their queries. */
  readonly requests: string[];
  /** Next ones fail with this status; `lost` does what was asked and answers nothing. */
  failures: (number | 'lost')[];
  /** Whether it answers at all. */
  isMute: boolean;
  /** Statuses that no transition leads to. */
  readonly unreachable: Set<StatusName>;
  issue(about: string): JiraIssue | undefined;
  move(issue: JiraIssue, status: StatusName, account: string, at?: Date): Change;
  edit(issue: JiraIssue, description: object, account: string): void;
  label(issue: JiraIssue, label: string, account: string): void;
  /** `more`: who changed the words since, or for whom alone they are. */
  say(issue: JiraIssue, words: string, account: string, more?: CommentMore): Comment;
  close(): void;
}

/** Jira Cloud's REST API as far as it is used. */
export async function startJiraDouble(): Promise<JiraDouble> {
  const server: Server = createServer((req, res) => void take(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let count = 10_000;
  const next = () => String((count += 1));
  const double: JiraDouble = {
    origin: `http://127.0.0.1:${port}`,
    ...{ issues: [], requests: [], failures: [], isMute: false, unreachable: new Set() },
    issue: (about) => double.issues.findLast((one) => JSON.stringify(one).includes(about)),
    move(issue, name, account, at = new Date()) {
      const to = STATUSES.find((status) => status.name === name) ?? STATUSES[0];
      const change = {
        ...{ id: next(), author: author(account), created: jiraTime(at) },
        items: [
          {
            ...{ field: 'status', fieldtype: 'jira', fieldId: 'status' },
            ...{ from: issue.status.id, fromString: issue.status.name },
            ...{ to: to.id, toString: to.name },
          },
        ],
      };
      issue.status = to;
      issue.changes.push(change);
      return change;
    },
    edit(issue, description, account) {
      const items = [{ field: 'description', fieldtype: 'jira', fieldId: 'description' }];
      const created = jiraTime(new Date());
      issue.description = description;
      issue.changes.push({ id: next(), author: author(account), created, items });
    },
    label(issue, label, account) {
      const labels = [...issue.labels, label];
      const names = { fromString: issue.labels.join(' '), toString: labels.join(' ') };
      const item = { field: 'labels', fieldtype: 'jira', fieldId: 'labels', ...names };
      const created = jiraTime(new Date());
      issue.labels = labels;
      issue.changes.push({ id: next(), author: author(account), created, items: [item] });
    },
    say(issue, words, account, more = {}) {
      const paragraph = { type: 'paragraph', content: [{ type: 'text', text: words }] };
      const body = { type: 'doc', version: 1, content: [paragraph] };
      return comment(issue, body, account, more);
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return double;

  function comment(issue: JiraIssue, body: object, account: string, more: CommentMore = {}) {
    const said = { author: author(account), updateAuthor: author(account), ...more };
    const made: Comment = { id: next(), created: jiraTime(new Date()), body, ...said };
    issue.comments.push(made);
    return made;
  }

  async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await text(req);
    if (double.isMute) return;
    const url = new URL(req.url ?? '', double.origin);
    const asked = `${req.method} ${url.pathname.replace('/rest/api/3', '')}`;
    double.requests.push(asked);
    const failure = double.failures.shift();
    if (typeof failure === 'number') return fault(res, failure, 'It was told to fail.');
    const basic = Buffer.from(`${JIRA_USER}:${JIRA_TOKEN}`).toString('base64');
    const [status, answer] =
      req.headers.authorization === `Basic ${basic}`
        ? answerTo(asked, url.searchParams, body)
        : [401, { errorMessages: ['Client must be authenticated.'], errors: {} }];
    if (failure === 'lost') return void res.destroy();
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(answer === undefined ? '' : JSON.stringify(answer));
  }

  function answerTo(asked: string, query: URLSearchParams, body: string): [number, unknown?] {
    if (asked === 'GET /myself') return [200, { accountId: JIRA_SELF, accountType: 'atlassian' }];
    if (asked === 'GET /project/OPS/statuses')
      return [200, [{ id: '1', name: 'Task', subtask: false, statuses: STATUSES }]];
    if (asked === 'GET /search/jql') return [200, found(query)];
    if (asked === 'POST /issue') return create(body);
    const [, method, id, rest = ''] = /^(GET|POST) \/issue\/(\d+)(\/.*)?$/.exec(asked) ?? [];
    const issue = double.issues.find((one) => one.id === id);
    if (issue === undefined) return [404, { errorMessages: ['Issue does not exist.'], errors: {} }];
    return ofIssue(issue, `${method} ${rest}`, query, body);
  }

  function create(body: string): [number, unknown] {
    const parsed = issueSchema.safeParse(JSON.parse(body));
    if (!parsed.success)
      return [400, { errorMessages: [], errors: { issue: parsed.error.message } }];
    const { summary, description, labels } = parsed.data.fields;
    const id = next();
    const issue: JiraIssue = {
      ...{ id, key: `OPS-${id}`, created: jiraTime(new Date()), labels, creator: JIRA_SELF },
      ...{ summary, description, status: STATUSES[0], changes: [], comments: [] },
    };
    double.issues.push(issue);
    const self = `${double.origin}/rest/api/3/issue/${id}`;
    return [201, { id, key: issue.key, self }];
  }

  function found(query: URLSearchParams): object {
    const label = /labels = "([^"]+)"/.exec(query.get('jql') ?? '')?.[1] ?? '';
    const issues = double.issues
      .filter(({ labels }) => labels.includes(label))
      .map(({ id, key, creator }) => ({ id, key, fields: { creator: author(creator) } }));
    return { issues, isLast: true };
  }

  function ofIssue(
    issue: JiraIssue,
    asked: string,
    query: URLSearchParams,
    body: string,
  ): [number, unknown?] {
    const ways = STATUSES.filter(({ name }) => !double.unreachable.has(name)).map((to) => ({
      ...{ id: `1${to.id}`, name: `To ${to.name}`, to, isAvailable: true },
    }));
    switch (asked) {
      case 'GET ': {
        const { id, key, summary, description, status, created, creator } = issue;
        const fields = { summary, description, status, created, creator: author(creator) };
        const wanted = (query.get('fields') ?? '').split(',');
        const entries = Object.entries(fields).filter(([name]) => wanted.includes(name));
        const hasWays = query.get('expand') === 'transitions';
        return [
          200,
          { id, key, fields: Object.fromEntries(entries), ...(hasWays && { transitions: ways }) },
        ];
      }
      case 'POST /comment': {
        const parsed = commentSchema.safeParse(JSON.parse(body));
        if (!parsed.success) return [400, { errorMessages: [parsed.error.message], errors: {} }];
        return [201, comment(issue, parsed.data.body, JIRA_SELF)];
      }
      case 'GET /comment': {
        const comments = issue.comments.toReversed();
        return [200, { comments, startAt: 0, maxResults: 50, total: comments.length }];
      }
      case 'POST /transitions': {
        const { transition } = moveSchema.parse(JSON.parse(body));
        const way = ways.find(({ id }) => id === transition.id);
        if (way === undefined) return [400, { errorMessages: ['No such way.'], errors: {} }];
        double.move(issue, way.to.name, JIRA_SELF);
        return [204];
      }
      case 'GET /changelog': {
        const startAt = Number(query.get('startAt') ?? 0);
        const maxResults = Math.min(100, Number(query.get('maxResults') ?? 100));
        const values = issue.changes.slice(startAt, startAt + maxResults);
        const total = issue.changes.length;
        const isLast = startAt + values.length >= total;
        return [200, { startAt, maxResults, total, isLast, values }];
      }
      default: {
        const said = issue.comments.find(({ id }) => asked === `GET /comment/${id}`);
        if (said !== undefined) return [200, said];
        return [404, { errorMessages: [`There is no ${asked}.`], errors: {} }];
      }
    }
  }
}

function fault(res: ServerResponse, status: number, message: string): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ errorMessages: [message], errors: {} }));
}

function author(accountId: string) {
  return { accountId, displayName: `Account ${accountId}`, active: true };
}

/** As Jira writes times: `2026-11-28T18:00:00.000+0000`. */
function jiraTime(at: Date): string {
  return at.toISOString().replace('Z', '+0000');
}
