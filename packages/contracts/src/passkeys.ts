import { z } from 'zod';
import { personRefSchema, timestampSchema } from './common.ts';

const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, 'Not base64url.');
const credentialId = base64url(1400);

const credentialSchema = z.object({
  id: credentialId,
  type: z.literal('public-key'),
  transports: z.array(z.string()).default([]),
});

export const passkeyNameSchema = z
  .string()
  .trim()
  .min(1, 'Say which device it is on.')
  .max(80)
  .regex(/^\P{C}*$/u, 'Without control characters.');

export const passkeySchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: timestampSchema,
  /** Before this it signs no verdict: the installation lets new ones wait. */
  usableFrom: timestampSchema,
  lastUsedAt: timestampSchema.nullable(),
  /** Its counter went backwards, so there may be a copy: it signs nothing any more. */
  blocked: z.boolean(),
});
export type Passkey = z.infer<typeof passkeySchema>;

/** `GET /api/passkeys`: one's own; adding and removing answer with it too. */
export const passkeyListSchema = z.object({
  items: z.array(passkeySchema),
  /** Why nobody can add one here; `null` where they can. */
  unavailable: z.string().nullable(),
  /** The person proved who they are just now, so one may be added. */
  mayAdd: z.boolean(),
  /** Passkeys that others added in the last days: for admins, else empty. */
  lately: z.array(
    z.object({ person: personRefSchema, name: z.string(), createdAt: timestampSchema }),
  ),
});
export type PasskeyList = z.infer<typeof passkeyListSchema>;

/** `POST /api/passkeys/options`: for the browser's `navigator.credentials.create`. */
export const passkeyOptionsSchema = z.object({
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  challenge: z.string(),
  pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.number().int() })),
  timeout: z.number(),
  excludeCredentials: z.array(credentialSchema),
  authenticatorSelection: z.object({
    residentKey: z.literal('preferred'),
    userVerification: z.literal('required'),
  }),
  attestation: z.literal('none'),
});
export type PasskeyOptions = z.infer<typeof passkeyOptionsSchema>;

/** `POST /api/passkeys` */
export const passkeyInputSchema = z.object({
  name: passkeyNameSchema,
  registration: z.object({
    id: credentialId,
    rawId: credentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url(8192),
      attestationObject: base64url(32_768),
      transports: z.array(z.string().max(32)).max(16).default([]),
    }),
  }),
});
export type PasskeyInput = z.infer<typeof passkeyInputSchema>;

/** A verdict's signature, as the browser hands it over, for the challenge that `nonce` names. */
export const passkeyAnswerSchema = z.object({
  nonce: base64url(64),
  assertion: z.object({
    id: credentialId,
    rawId: credentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url(8192),
      authenticatorData: base64url(4096),
      signature: base64url(2048),
    }),
  }),
});
export type PasskeyAnswer = z.infer<typeof passkeyAnswerSchema>;

/** `POST /api/approvals/:id/verdict/challenge`, whose body is the verdict that is to be given. */
export const passkeyChallengeSchema = z.object({
  nonce: z.string(),
  /** For the browser's `navigator.credentials.get`; its challenge is the digest of call and verdict. */
  options: z.object({
    challenge: z.string(),
    timeout: z.number(),
    rpId: z.string(),
    allowCredentials: z.array(credentialSchema),
    userVerification: z.literal('required'),
  }),
});
export type PasskeyChallenge = z.infer<typeof passkeyChallengeSchema>;

/** What approving a held call demands; `null` where the session is enough. */
export const passkeyDemandSchema = z
  .object({
    /** Ids of the rules that demand it. */
    rules: z.array(z.string()),
  })
  .nullable();
