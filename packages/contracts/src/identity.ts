import { z } from 'zod';
import { personRefSchema, roleSchema } from './common.ts';

/** `GET /api/me` */
export const meSchema = z.object({
  person: personRefSchema,
  groups: z.array(z.string()),
  roles: z.array(roleSchema),
  /** Which groups would give which role: what a person without a role needs to read. */
  roleGroups: z.record(roleSchema, z.array(z.string())),
  csrfToken: z.string(),
  instance: z.string(),
  publicUrl: z.string(),
  embedded: z.boolean(),
});
export type Me = z.infer<typeof meSchema>;

/** `POST /auth/logout`: where to go to end the provider's own session too, if it has such a page. */
export const signedOutSchema = z.object({ endSession: z.url().nullable() });
export type SignedOut = z.infer<typeof signedOutSchema>;
