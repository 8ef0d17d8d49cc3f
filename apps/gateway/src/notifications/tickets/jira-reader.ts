import { z } from 'zod';
import type { JiraAccess, JiraApi } from './jira-api.ts';
import { contentSchema } from './jira-content.ts';
import { told, type Told } from './ticket-system.ts';

const PAGE = 100;
/** Changes of a ticket that are read. One with more decides nothing. */
const PAGES = 5;

const authorSchema = z.object({ accountId: z.string().min(1), displayName: z.string().optional() });
const timeSchema = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)))
  .transform((text) => new Date(text));
const itemSchema = z
  .object({
    field: z.string(),
    fieldId: z.string().optional(),
    to: z.string().nullish(),
    fromString: z.string().catch(''),
    toString: z.string().catch(''),
  })
  .transform(({ field, fieldId, to, fromString, toString: toName }) => ({
    field: fieldId ?? field,
    to: to ?? null,
    /** As they were called then: names of statuses, labels one after the other. */
    ...{ fromName: fromString, toName },
  }));
const changeSchema = z.object({
  id: z.string().min(1).max(100),
  /** None where an account was deleted, or a rule of Jira did it. */
  author: authorSchema.optional().catch(undefined),
  created: timeSchema,
  items: z.array(itemSchema),
});
export type JiraChange = z.infer<typeof changeSchema>;
const changesSchema = z.object({ isLast: z.boolean(), values: z.array(changeSchema) });
const stateSchema = z.object({
  fields: contentSchema.extend({ status: z.object({ id: z.string(), name: z.string() }) }),
});
const commentSchema = z
  .object({
    id: z.string(),
    author: authorSchema.optional().catch(undefined),
    updateAuthor: authorSchema.optional().catch(undefined),
    created: timeSchema,
    body: z.json(),
    /** A role or a group, where it is for them alone. */
    visibility: z.unknown().optional(),
    /** False for internal notes of service projects. */
    jsdPublic: z.unknown().optional(),
  })
  .transform(({ author, updateAuthor, visibility, jsdPublic, ...said }) => ({
    ...said,
    /** Whose words they are: nobody's where somebody else changed them. */
    author:
      updateAuthor === undefined || updateAuthor.accountId === author?.accountId
        ? author
        : undefined,
    isForAll: (visibility ?? null) === null && jsdPublic !== false,
  }));
export type JiraSaid = z.infer<typeof commentSchema>;
const commentsSchema = z.object({ comments: z.array(commentSchema) });

/** A ticket as Jira has it now. */
export interface JiraReading {
  readonly status: { readonly id: string; readonly name: string };
  readonly content: z.infer<typeof contentSchema>;
  /** In the order in which they were made; `null` where there are too many to be read. */
  readonly changes: readonly JiraChange[] | null;
}

/** Reads what became of a ticket, with the channel's own token. */
export class JiraReader {
  constructor(
    private readonly api: JiraApi,
    private readonly access: JiraAccess,
  ) {}

  /** The changes last: whatever happened to what was read before is among them. */
  async read(id: string): Promise<Told<JiraReading>> {
    const state = await this.#get(`/issue/${id}?fields=summary,description,status`, stateSchema);
    if (!state.ok) return state;
    const changes = await this.changes(id);
    if (!changes.ok) return changes;
    const { status, summary, description } = state.value.fields;
    return told({ status, content: { summary, description }, changes: changes.value });
  }

  async comment(id: string, commentId: string): Promise<Told<JiraSaid>> {
    return this.#get(`/issue/${id}/comment/${commentId}`, commentSchema);
  }

  /** The newest ones, newest first. */
  async comments(id: string): Promise<Told<readonly JiraSaid[]>> {
    const path = `/issue/${id}/comment?orderBy=-created&maxResults=50`;
    const said = await this.#get(path, commentsSchema);
    return said.ok ? told(said.value.comments) : said;
  }

  /** `null` where there are more than are read. */
  async changes(id: string): Promise<Told<readonly JiraChange[] | null>> {
    const changes: JiraChange[] = [];
    for (let page = 0; page < PAGES; page += 1) {
      const path = `/issue/${id}/changelog?startAt=${page * PAGE}&maxResults=${PAGE}`;
      const read = await this.#get(path, changesSchema);
      if (!read.ok) return read;
      changes.push(...read.value.values);
      if (read.value.isLast)
        return told(changes.toSorted((a, b) => Number(a.created) - Number(b.created)));
    }
    return told(null);
  }

  async #get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Told<Answer>> {
    return this.api.call(this.access, { method: 'GET', path }, schema);
  }
}
