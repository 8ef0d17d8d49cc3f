import { z } from 'zod';

const whereSchema = z.object({
  /** Where in the arguments the text stands: member names, and positions of lists. */
  path: z.array(z.string()),
  /** As the rules of the policy read it. */
  dialect: z.enum(['postgres', 'mysql', 'generic']),
});

/** What the gateway's parser says of an SQL text among the held arguments: what the rules go by. */
export const sqlArgumentSchema = z.discriminatedUnion('valid', [
  whereSchema.extend({
    valid: z.literal(true),
    statements: z.number().int(),
    kinds: z.array(z.string()),
    mutates: z.boolean(),
    ddl: z.boolean(),
    /** As they are written. */
    tables: z.array(z.string()),
    /** False where an `UPDATE` or `DELETE` has no `WHERE` that looks at a column. */
    where: z.boolean(),
    /** Functions that aren't known to only compute. */
    unknownFunctions: z.array(z.string()),
  }),
  whereSchema.extend({ valid: z.literal(false), reason: z.string() }),
]);
export type SqlArgument = z.infer<typeof sqlArgumentSchema>;

const SQL_START =
  /(?:select|with|insert\s+into|update|delete\s+from|merge\s+into|truncate|drop|alter|create|grant|revoke|explain)\s/iy;

/**
 * Whether a text begins like a statement, comments aside: those are shown as SQL, with what the
 * parser says of them. Attacker-controlled, so read once from left to right.
 */
export function startsLikeSql(text: string): boolean {
  let at = 0;
  for (;;) {
    const gap = /\s*/y;
    gap.lastIndex = at;
    gap.test(text);
    at = gap.lastIndex;
    const close = text.startsWith('--', at) ? '\n' : text.startsWith('/*', at) ? '*/' : undefined;
    if (close === undefined) break;
    const end = text.indexOf(close, at + 2);
    if (end < 0) return false;
    at = end + close.length;
  }
  SQL_START.lastIndex = at;
  return SQL_START.test(text);
}
