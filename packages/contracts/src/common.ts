import { z } from 'zod';

export const roleSchema = z.enum(['reviewer', 'admin', 'auditor', 'breakglass']);
export type Role = z.infer<typeof roleSchema>;

/** RFC 3339 in UTC with milliseconds. */
export const timestampSchema = z.iso.datetime();

/** A person is (issuer, an immutable claim), joined by `|`; an e-mail address never identifies one. */
export const personKeySchema = z.string().min(3).max(600).regex(/\|/);

export const personRefSchema = z.object({
  key: personKeySchema,
  name: z.string(),
  email: z.string().nullable(),
});
export type PersonRef = z.infer<typeof personRefSchema>;

/** The authenticated principal of a call. */
export const callerSchema = z.object({
  key: personKeySchema,
  issuer: z.string(),
  subject: z.string(),
  kind: z.enum(['person', 'service']),
  displayName: z.string(),
  clientId: z.string().nullable(),
  groups: z.array(z.string()),
  /** The person who owns a service identity; `null` for people and for services nobody registered. */
  ownerKey: personKeySchema.nullable(),
});
export type Caller = z.infer<typeof callerSchema>;

export const effectSchema = z.enum(['allow', 'hold', 'deny']);
export type Effect = z.infer<typeof effectSchema>;

export const eraSchema = z.enum(['legacy', 'modern']);
export type Era = z.infer<typeof eraSchema>;

/** Cursor pagination: `next` is `null` on the last page. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable() });

export const slugSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'Use 1 to 63 lower-case letters, digits and inner hyphens.',
  );
