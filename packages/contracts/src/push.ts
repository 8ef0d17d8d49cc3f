import { z } from 'zod';
import { timestampSchema } from './common.ts';

/** Web Push (RFC 8030) to the browsers of the people who are asked. An installation has one such channel. */
export const pushConfigSchema = z.object({
  kind: z.literal('push'),
  /** Whom a push service turns to about us (RFC 8292). */
  subject: z
    .string()
    .trim()
    .max(254)
    .regex(
      /^(mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s/]+\S*)$/,
      'An address as mailto:on-call@example.com, or one that begins with https://.',
    ),
  /** What browsers subscribe with: made by the gateway with the private key. One that is sent is ignored. */
  publicKey: z.string().max(100).default(''),
  /** Lets a push service be at a private address, and without TLS. */
  allowPrivate: z.boolean().default(false),
});
export type PushConfig = z.infer<typeof pushConfigSchema>;

/** How much is said in a browser: a lock screen shows it to whoever passes by. */
export const pushSaysSchema = z.enum(['bare', 'sentence']);
export type PushSays = z.infer<typeof pushSaysSchema>;

/** `PUT /api/push/browsers`: what the browser's own subscription is, and what to call it. */
export const pushBrowserInputSchema = z.object({
  endpoint: z.url({ protocol: /^https?$/, error: 'The address of a push service.' }).max(2000),
  /** An uncompressed point of P-256, and 16 bytes, as base64url. */
  p256dh: z.string().regex(/^B[A-Za-z0-9_-]{86}$/),
  auth: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  /** The channel's key that it was subscribed with. */
  publicKey: z.string().max(100),
  label: z.string().trim().min(1).max(80),
  says: pushSaysSchema,
  /** SHA-256 of the address that this one takes the place of, hexadecimal. */
  replaces: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null),
});
export type PushBrowserInput = z.infer<typeof pushBrowserInputSchema>;

/** A browser in which a person is told. Its address and keys are sealed and never shown. */
export const pushBrowserSchema = z.object({
  id: z.string(),
  label: z.string(),
  says: pushSaysSchema,
  /** SHA-256 of its address, by which a browser knows itself. */
  endpointHash: z.string(),
  /** The push service that it is reached through. */
  service: z.string(),
  createdAt: timestampSchema,
  /** When the push service last took a message for it. */
  lastOkAt: timestampSchema.nullable(),
});
export type PushBrowser = z.infer<typeof pushBrowserSchema>;

/** `GET /api/push`: the person's own browsers, and what to subscribe with. */
export const pushStateSchema = z.object({
  /** `null` where no admin has set up such a channel, or it is switched off. */
  publicKey: z.string().nullable(),
  browsers: z.array(pushBrowserSchema),
});
export type PushState = z.infer<typeof pushStateSchema>;
