import type { JiraConfig } from '@holdpoint/contracts';
import { z } from 'zod';
import type { JiraAccess, JiraApi, JiraRequest } from './jira-api.ts';
import { contentHash, contentSchema } from './jira-content.ts';
import { jiraComment, jiraDescription, jiraSummary, type JiraDocument } from './jira-document.ts';
import { isLabelledLater, labelOf } from './jira-label.ts';
import { JiraReader } from './jira-reader.ts';
import {
  told,
  type TicketContent,
  type TicketRemark,
  type TicketSystem,
  type Told,
} from './ticket-system.ts';
import type { TicketName } from './ticket.sql.ts';

const nameSchema = z.object({
  id: z.string().regex(/^\d{1,20}$/),
  key: z.string().regex(/^[A-Z][A-Z0-9_]*-\d+$/),
});
const statusSchema = z.object({ id: z.string(), name: z.string() });
const foundSchema = z.object({
  issues: z.array(
    nameSchema.extend({
      fields: z.object({ creator: z.object({ accountId: z.string() }).nullish() }),
    }),
  ),
});
const movableSchema = z.object({
  fields: z.object({ status: statusSchema }),
  transitions: z.array(
    z.object({ id: z.string(), to: statusSchema, isAvailable: z.boolean().optional() }),
  ),
});
const textsSchema = z.object({ fields: contentSchema });
const anythingSchema = z.unknown();
const myselfSchema = z.object({ accountId: z.string() });
const statusesSchema = z.array(z.object({ name: z.string(), statuses: z.array(statusSchema) }));

export interface JiraSettings extends Omit<JiraAccess, 'config'> {
  readonly config: JiraConfig;
}

/** Tickets of one project of Jira Cloud. */
export class JiraTickets implements TicketSystem {
  constructor(
    private readonly api: JiraApi,
    private readonly settings: JiraSettings,
  ) {}

  async find(reference: string): Promise<Told<TicketName | undefined>> {
    const jql = `project = "${this.settings.config.project}" AND labels = "${labelOf(reference)}" ORDER BY created ASC`;
    const query = new URLSearchParams({ jql, fields: 'creator', maxResults: '10' });
    const found = await this.#get(`/search/jql?${query.toString()}`, foundSchema);
    if (!found.ok || found.value.issues.length === 0) return found.ok ? told(undefined) : found;
    const me = await this.#myself();
    if (!me.ok) return me;
    // INVARIANT: anybody in the project can copy a label, also onto another ticket of ours. Who created a
    // ticket can't be changed, and neither can its history.
    const reader = new JiraReader(this.api, this.settings);
    for (const { id, key, fields } of found.value.issues) {
      if (fields.creator?.accountId !== me.value) continue;
      const changes = await reader.changes(id);
      if (!changes.ok) return changes;
      const isMadeWith =
        changes.value !== null && !isLabelledLater(changes.value, labelOf(reference));
      if (isMadeWith) return told({ id, key });
    }
    return told(undefined);
  }

  async create(content: TicketContent): Promise<Told<TicketName>> {
    const { config } = this.settings;
    const fields = {
      project: { key: config.project },
      issuetype: { name: config.issueType },
      summary: jiraSummary(content),
      description: jiraDescription(content, config),
      labels: ['holdpoint', labelOf(content.reference)],
    };
    return this.#call({ method: 'POST', path: '/issue', body: { fields } }, nameSchema);
  }

  async contentOf({ id }: TicketName): Promise<Told<string | null>> {
    const issue = await this.#get(`/issue/${id}?fields=summary,description`, textsSchema);
    return issue.ok ? told(contentHash(issue.value.fields)) : issue;
  }

  async comment(ticket: TicketName, remark: TicketRemark): Promise<Told<string>> {
    return this.say(ticket, jiraComment(remark));
  }

  async say({ id }: TicketName, body: JiraDocument): Promise<Told<string>> {
    const path = `/issue/${id}/comment`;
    const said = await this.#call({ method: 'POST', path, body: { body } }, anythingSchema);
    return said.ok ? told('commented') : gone(said);
  }

  /** The move first: a comment can't be taken back where the rest has to be tried again. */
  async close(ticket: TicketName, remark: TicketRemark): Promise<Told<string>> {
    const { settledStatus } = this.settings.config;
    const moved = settledStatus === '' ? told('') : await this.#move(ticket, settledStatus);
    if (!moved.ok) return gone(moved);
    const said = await this.comment(ticket, remark);
    if (!said.ok) return said;
    return told(moved.value === '' ? said.value : `${said.value}, ${moved.value}`);
  }

  /** That a workflow doesn't let it is said, and changes nothing: the comment says what became of it. */
  async #move({ id }: TicketName, status: string): Promise<Told<string>> {
    const issue = await this.#get(`/issue/${id}?fields=status&expand=transitions`, movableSchema);
    if (!issue.ok) return issue;
    const { fields, transitions } = issue.value;
    if (isNamed(fields.status, status)) return told(`was at “${status}” already`);
    const way = transitions.find(
      ({ to, isAvailable }) => isNamed(to, status) && isAvailable !== false,
    );
    const from = `from “${fields.status.name}”`;
    if (way === undefined)
      return told(`not moved: the workflow offers no way to “${status}” ${from}`);
    const moved = await this.#call(
      {
        method: 'POST',
        path: `/issue/${id}/transitions`,
        body: { transition: { id: way.id } },
      },
      anythingSchema,
    );
    if (moved.ok) return told(`moved to “${status}”`);
    const { failed } = moved;
    return failed.kind === 'refused' && failed.status === 400
      ? told(`not moved to “${status}” ${from}: ${failed.answer}`)
      : moved;
  }

  async check(): Promise<Told<string>> {
    const { project, issueType, verdicts, settledStatus } = this.settings.config;
    const me = await this.#myself();
    if (!me.ok) return me;
    const kinds = await this.#get(`/project/${project}/statuses`, statusesSchema);
    if (!kinds.ok) return kinds;
    const kind = kinds.value.find(({ name }) => name.toLowerCase() === issueType.toLowerCase());
    if (kind === undefined) {
      const there = kinds.value.map(({ name }) => name).join(', ');
      return refused(`${project} has no issue type “${issueType}”. It has: ${there}.`);
    }
    const wanted = [
      ...Object.values(verdicts ?? {}),
      ...(settledStatus === '' ? [] : [settledStatus]),
    ];
    const missing = wanted.filter((name) => !kind.statuses.some((status) => isNamed(status, name)));
    if (missing.length > 0) {
      const there = kind.statuses.map(({ name }) => name).join(', ');
      return refused(
        `${issueType} of ${project} has no status ${missing.map((name) => `“${name}”`).join(', ')}. It has: ${there}.`,
      );
    }
    return told('');
  }

  async #myself(): Promise<Told<string>> {
    const me = await this.#get('/myself', myselfSchema);
    return me.ok ? told(me.value.accountId) : me;
  }

  async #get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Told<Answer>> {
    return this.#call({ method: 'GET', path }, schema);
  }

  async #call<Answer>(request: JiraRequest, schema: z.ZodType<Answer>): Promise<Told<Answer>> {
    return this.api.call(this.settings, request, schema);
  }
}

/** Names of statuses are the same in any case for Jira, too. */
function isNamed({ name }: { readonly name: string }, wanted: string): boolean {
  return name.toLowerCase() === wanted.toLowerCase();
}

function refused(answer: string): Told<never> {
  return { ok: false, failed: { kind: 'refused', status: null, answer } };
}

/** Somebody deleted the ticket: there is nothing left to be told by it. */
function gone(said: Told<string>): Told<string> {
  const isGone = !said.ok && said.failed.kind === 'refused' && said.failed.status === 404;
  return isGone ? told('the ticket is not there any more') : said;
}
