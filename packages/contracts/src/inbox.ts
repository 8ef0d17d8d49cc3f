import { z } from 'zod';
import { approvalFiltersSchema } from './approval-filters.ts';
import { approvalSummarySchema } from './approvals.ts';
import { timestampSchema } from './common.ts';

/** More rows than these are not asked for, selected or decided at once. */
export const INBOX_ROWS_AT_ONCE = 100;
export const BULK_VERDICTS_AT_ONCE = 50;

/** `GET /api/approvals/count` */
export const inboxCountSchema = z.object({ pendingCount: z.number().int() });

/** `GET /api/approvals/index?<filters>`: which approvals wait, oldest first, as one moment saw them. */
export const inboxIndexSchema = z.object({
  /** The groups of alike calls that `items` names by position. */
  groups: z.array(z.string()),
  items: z.array(z.object({ id: z.string(), group: z.number().int().min(0) })),
  /** There are more; the oldest are listed. */
  capped: z.boolean(),
  /** How many more the filters would leave that the asking person snoozed. */
  snoozedCount: z.number().int(),
  /** When the first of those comes back. */
  nextWakeAt: timestampSchema.nullable(),
  pendingCount: z.number().int(),
});
export type InboxIndex = z.infer<typeof inboxIndexSchema>;

const uuidListSchema = z
  .string()
  .max(INBOX_ROWS_AT_ONCE * 37)
  .transform((text) => text.split(','))
  .pipe(z.array(z.uuid()).min(1).max(INBOX_ROWS_AT_ONCE));

/** `GET /api/approvals/rows?ids=&<filters>`: these approvals, whatever became of them. */
export const inboxRowsQuerySchema = approvalFiltersSchema.extend({ ids: uuidListSchema });
export const inboxRowsSchema = z.object({
  items: z.array(
    z.object({
      approval: approvalSummarySchema,
      /** It is in the index that the same filters give. */
      listed: z.boolean(),
    }),
  ),
  pendingCount: z.number().int(),
});
export type InboxRows = z.infer<typeof inboxRowsSchema>;

/** `GET /api/approvals/facets?state=`: what the filters can be set to, most frequent first. */
const facetSchema = z.object({
  value: z.string(),
  label: z.string(),
  count: z.number().int(),
});
export const inboxFacetsSchema = z.object({
  connection: z.array(facetSchema),
  target: z.array(facetSchema),
  caller: z.array(facetSchema),
  group: z.array(facetSchema),
  chain: z.array(facetSchema),
  rule: z.array(facetSchema),
});
export type InboxFacets = z.infer<typeof inboxFacetsSchema>;

/** A week: who needs longer should hand it over. */
const MAX_SNOOZE_MINUTES = 7 * 24 * 60;

/** `POST /api/approvals/snoozes`: puts approvals off for the asking person alone; `minutes: null` takes it back. */
export const snoozeInputSchema = z.object({
  ids: z.array(z.uuid()).min(1).max(INBOX_ROWS_AT_ONCE),
  minutes: z.number().int().min(1).max(MAX_SNOOZE_MINUTES).nullable(),
});
export type SnoozeInput = z.infer<typeof snoozeInputSchema>;
export const snoozedSchema = z.object({
  /** Those that are put off now. An approval that is about to run out is not. */
  items: z.array(z.object({ id: z.string(), until: timestampSchema })),
});
export type Snoozed = z.infer<typeof snoozedSchema>;

/** A filtered inbox under a name, for one person. */
export const savedViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The address's query, without `?`. */
  query: z.string(),
  isDefault: z.boolean(),
});
export type SavedView = z.infer<typeof savedViewSchema>;
export const savedViewListSchema = z.object({ items: z.array(savedViewSchema) });
export type SavedViewList = z.infer<typeof savedViewListSchema>;

/** What the address of an inbox may say: the filters, the tab, and how alike calls stand. */
export const inboxViewSchema = approvalFiltersSchema.extend({
  state: z.enum(['pending', 'settled']).optional(),
  alike: z.enum(['grouped', 'apart']).optional(),
});
export type InboxView = z.infer<typeof inboxViewSchema>;

/** The query of a view: only what `inboxViewSchema` knows, in its order. What doesn't fit is left out. */
export function inboxViewQuery(query: URLSearchParams): URLSearchParams {
  const known = Object.entries(inboxViewSchema.shape).flatMap(([name, schema]) => {
    const value = query.get(name);
    return value !== null && value !== '' && schema.safeParse(value).success
      ? [[name, value] as [string, string]]
      : [];
  });
  return new URLSearchParams(known);
}

export const savedViewInputSchema = z.object({
  name: z.string().trim().min(1, 'Give it a name.').max(60),
  query: z
    .string()
    .max(3000)
    .transform((text) => inboxViewQuery(new URLSearchParams(text)).toString()),
  isDefault: z.boolean(),
});
export type SavedViewInput = z.infer<typeof savedViewInputSchema>;
