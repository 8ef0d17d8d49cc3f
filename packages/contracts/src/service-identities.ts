import { z } from 'zod';
import { personKeySchema, personRefSchema, timestampSchema } from './common.ts';

const plainText = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'Say something here.')
    .max(max)
    .regex(/^\P{Cc}*$/u, 'Without control characters.');

/** Names one: the issuer of its tokens, and their `sub` or client id. */
export const serviceIdentityKeySchema = z.object({
  /** The configured issuer where none is given. */
  issuer: z
    .url({ protocol: /^https?$/, error: 'An http or https address.' })
    .max(500)
    .optional(),
  subject: plainText(256),
});
export type ServiceIdentityKey = z.infer<typeof serviceIdentityKeySchema>;

/** `POST` and `PUT /api/service-identities`. */
export const serviceIdentityInputSchema = serviceIdentityKeySchema.extend({
  title: plainText(120),
  /** Somebody who has signed in. Never decides about calls of what they own. */
  ownerKey: personKeySchema,
});
export type ServiceIdentityInput = z.infer<typeof serviceIdentityInputSchema>;

export const serviceIdentitySchema = z.object({
  issuer: z.string(),
  subject: z.string(),
  title: z.string(),
  owner: personRefSchema,
  createdAt: timestampSchema,
});
export type ServiceIdentity = z.infer<typeof serviceIdentitySchema>;

/** `GET /api/service-identities` */
export const serviceIdentityListSchema = z.object({
  items: z.array(serviceIdentitySchema),
  /** The configured issuer, which new ones get. */
  issuer: z.string(),
});
export type ServiceIdentityList = z.infer<typeof serviceIdentityListSchema>;

/**
 * `GET /api/people?q=`: those who have signed in, by part of their name or e-mail address; with
 * `&key=` (may be repeated) those with one of these keys instead.
 */
export const peopleQuerySchema = z.object({
  q: z.string().trim().max(200).default(''),
  key: z
    .union([z.string(), z.array(z.string())])
    .transform((one) => [one].flat())
    .pipe(z.array(z.string().max(600)).max(200))
    .default([]),
});
export const peopleListSchema = z.object({ items: z.array(personRefSchema) });
export type PeopleList = z.infer<typeof peopleListSchema>;
