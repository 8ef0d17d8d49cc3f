import { z } from 'zod';
import { firstCatalogueSchema, quarantineSchema } from './catalogue.ts';
import { chainStepInputSchema } from './chains.ts';
import { effectSchema, slugSchema, timestampSchema } from './common.ts';
import { readConnectorAddress } from './connectors.ts';

/** Marks by an admin: what is read-only, so that the default effect does not hold it. */
export const readOnlyMarksSchema = z.object({
  tools: z.array(z.string().max(256)).max(1000).default([]),
  resources: z.boolean().default(false),
  prompts: z.boolean().default(false),
  completion: z.boolean().default(false),
  subscriptions: z.boolean().default(false),
});
export type ReadOnlyMarks = z.infer<typeof readOnlyMarksSchema>;

/**
 * How calls of one kind of client are held on a connection. `name` and `version` are patterns of `*`
 * and `?`, compared without regard to case with what a client calls itself.
 */
export const clientSettingSchema = z
  .object({
    name: z.string().trim().min(1, 'Name a client, or * for any.').max(200),
    /** `null` matches any version, also none. */
    version: z.string().trim().min(1).max(100).nullable().default(null),
    /** `null` takes the connection's own. */
    holdDeadlineS: z
      .number({ error: 'A number of seconds, or empty.' })
      .int('Whole seconds.')
      .min(1, 'At least 1 second.')
      .max(3600, 'At most 3600 seconds.')
      .nullable()
      .default(null),
    /** Such a client waits as long as it is told of progress: no deadline while it stays. */
    resetsOnProgress: z.boolean().default(false),
    /** Streams may be closed early and resumed by `Last-Event-ID` (2025-11-25). */
    polling: z.boolean().default(false),
  })
  .refine(({ name, polling }) => !polling || !isNeverPolled(name), {
    path: ['polling'],
    error:
      '@ai-sdk/mcp does not come back for the rest of a stream, so it would never get its answer.',
  });
export type ClientSetting = z.infer<typeof clientSettingSchema>;

/** What `@ai-sdk/mcp` calls itself: it never resumes a stream that was closed early. */
const NEVER_POLLED = 'ai-sdk-mcp-client';

/** A client that must not be polled, whatever a pattern says. */
export function isNeverPolled(clientName: string): boolean {
  return clientName.toLowerCase().startsWith(NEVER_POLLED);
}

const clientSettingsSchema = z
  .array(clientSettingSchema)
  .max(50, 'At most 50 kinds of clients.')
  .superRefine((clients, context) => {
    const keyOf = ({ name, version }: ClientSetting) =>
      `${name.toLowerCase()}\n${version?.toLowerCase() ?? ''}`;
    clients.forEach((client, index) => {
      if (clients.findIndex((other) => keyOf(other) === keyOf(client)) < index)
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: 'This client is already named above; the first one counts.',
        });
    });
  });

/** How an upstream is spoken to: the current transport, or HTTP+SSE of revision 2024-11-05. */
export const transportSchema = z.enum(['streamable-http', 'sse']);
export type Transport = z.infer<typeof transportSchema>;

/** `auto` finds out when tools are listed, never by sending a call. */
export const transportSettingSchema = z.enum(['auto', ...transportSchema.options]);
export type TransportSetting = z.infer<typeof transportSettingSchema>;

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'Not a header name.');

/** What the gateway sends upstream. Stored encrypted, never shown again. */
export const credentialInputSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('bearer'),
    token: z
      .string()
      .min(1)
      .max(16_384)
      .regex(/^[\x21-\x7e]+$/, 'Printable ASCII without spaces.'),
  }),
  z.object({
    kind: z.literal('header'),
    name: headerName,
    value: z
      .string()
      .min(1)
      .max(16_384)
      .regex(/^[\x20-\x7e]+$/, 'Printable ASCII.'),
  }),
]);
export type CredentialInput = z.infer<typeof credentialInputSchema>;

/** Reached directly, or through a connector: `connector://SITE/SERVER`. */
const upstreamUrlSchema = z
  .string()
  .max(2000)
  .refine(
    (url) =>
      readConnectorAddress(url) !== undefined ||
      z.url({ protocol: /^https?$/ }).safeParse(url).success,
    'An http or https address, or a server of a connector.',
  );

export const connectionInputSchema = z.object({
  slug: slugSchema,
  title: z.string().trim().min(1).max(120),
  url: upstreamUrlSchema,
  /** Lets the address resolve to a private or loopback range. Metadata and link-local stay refused. */
  allowPrivate: z.boolean().default(false),
  transport: transportSettingSchema.default('auto'),
  /** `undefined` on update keeps the stored one. */
  credential: credentialInputSchema.optional(),
  callerGroups: z.array(z.string().trim().min(1).max(256)).max(100),
  defaultEffect: effectSchema.default('hold'),
  readOnly: readOnlyMarksSchema.default({
    tools: [],
    resources: false,
    prompts: false,
    completion: false,
    subscriptions: false,
  }),
  chain: z.array(chainStepInputSchema).min(1, 'Name at least one step.').max(10),
  /** How long an exchange is kept open for a held call before the pending answer, in seconds. */
  holdDeadlineS: z.number().int().min(1).max(3600).default(50),
  /** Clients that are held otherwise; the first that matches counts, before what the gateway knows of clients. */
  clients: clientSettingsSchema.default([]),
  /** How long an approval stays undecided before it expires, and how long a release stays collectable, in seconds. */
  approvalWindowS: z
    .number()
    .int()
    .min(60)
    .max(7 * 86_400)
    .default(3600),
  quarantine: quarantineSchema.default('hold'),
  firstCatalogue: firstCatalogueSchema.default('accept'),
  webhook: z
    .object({
      url: z.url({ protocol: /^https?$/, error: 'An http or https address.' }).max(2000),
      allowPrivate: z.boolean().default(false),
      /** `whsec_…`; `undefined` on update keeps the stored one; on create one is made. */
      secret: z
        .string()
        .regex(/^whsec_[A-Za-z0-9+/=]{32,100}$/)
        .optional(),
    })
    .nullable()
    .default(null),
});
export type ConnectionInput = z.infer<typeof connectionInputSchema>;

/** `PUT /api/connections/:id`: the version read, so that concurrent edits are noticed. */
export const connectionUpdateSchema = connectionInputSchema.extend({ version: z.number().int() });
export type ConnectionUpdate = z.infer<typeof connectionUpdateSchema>;

export const connectionSchema = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  url: z.string(),
  endpoint: z.string(),
  allowPrivate: z.boolean(),
  transport: transportSettingSchema,
  /** What `auto` found; `null` until the upstream was reached. */
  detectedTransport: transportSchema.nullable(),
  credentialKind: z.enum(['none', 'bearer', 'header']),
  callerGroups: z.array(z.string()),
  defaultEffect: effectSchema,
  readOnly: readOnlyMarksSchema,
  chain: z.array(chainStepInputSchema),
  holdDeadlineS: z.number(),
  clients: z.array(clientSettingSchema),
  approvalWindowS: z.number(),
  quarantine: quarantineSchema,
  firstCatalogue: firstCatalogueSchema,
  /** Items whose definition waits for an admin. */
  quarantined: z.number().int(),
  webhook: z.object({ url: z.string(), allowPrivate: z.boolean() }).nullable(),
  frozen: z.object({ at: timestampSchema, by: z.string(), reason: z.string() }).nullable(),
  version: z.number().int(),
  tools: z.array(
    z.object({
      name: z.string(),
      description: z.string().nullable(),
      readOnlyHint: z.boolean().nullable(),
      seenAt: timestampSchema,
    }),
  ),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export type Connection = z.infer<typeof connectionSchema>;
export const connectionListSchema = z.object({ items: z.array(connectionSchema) });

/** Answer to create: the webhook secret is shown this once. */
export const connectionSavedSchema = z.object({
  connection: connectionSchema,
  webhookSecret: z.string().nullable(),
});
export type ConnectionSaved = z.infer<typeof connectionSavedSchema>;

/** `POST /api/connections/test` (unsaved input, or `id` with its stored credential). */
export const connectionTestInputSchema = z.object({
  id: z.string().optional(),
  url: connectionInputSchema.shape.url,
  allowPrivate: z.boolean().default(false),
  /** Absent is `auto`. */
  transport: transportSettingSchema.optional(),
  credential: credentialInputSchema.optional(),
});
export type ConnectionTestInput = z.infer<typeof connectionTestInputSchema>;
export const connectionTestSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    server: z.object({ name: z.string().nullable(), version: z.string().nullable() }),
    era: z.enum(['legacy', 'modern']),
    protocolVersion: z.string(),
    transport: transportSchema,
    tools: z.array(
      z.object({
        name: z.string(),
        description: z.string().nullable(),
        readOnlyHint: z.boolean().nullable(),
      }),
    ),
    elapsedMs: z.number(),
  }),
  z.object({
    ok: z.literal(false),
    failure: z.enum([
      'address_refused',
      'dns',
      'connect',
      'tls',
      'timeout',
      'unauthorized',
      'redirect',
      'http_status',
      'not_mcp',
    ]),
    message: z.string(),
  }),
]);
export type ConnectionTest = z.infer<typeof connectionTestSchema>;

/** `POST /api/connections/:id/freeze` and `/unfreeze`: the deny-everything switch. */
export const freezeInputSchema = z.object({
  reason: z.string().trim().min(1, 'Say why: agents and reviewers read it.').max(500),
});

export const deliverySchema = z.object({
  id: z.string(),
  event: z.string(),
  approvalId: z.string(),
  state: z.enum(['pending', 'delivered', 'retrying', 'failed', 'dropped']),
  attempts: z.number().int(),
  lastStatus: z.number().int().nullable(),
  lastError: z.string().nullable(),
  nextAttemptAt: timestampSchema.nullable(),
  createdAt: timestampSchema,
  deliveredAt: timestampSchema.nullable(),
});
export const deliveryListSchema = z.object({ items: z.array(deliverySchema) });
export type Delivery = z.infer<typeof deliverySchema>;
