import { z } from 'zod';
import { slugSchema, timestampSchema } from './common.ts';

const CONNECTOR_ADDRESS = /^connector:\/\/([^/]+)\/([^/]+)$/;

/** Where a connection leads that is reached through a connector. */
export interface ConnectorAddress {
  readonly site: string;
  readonly server: string;
}

/** `connector://SITE/SERVER`, taken apart; `undefined` for any other address. */
export function readConnectorAddress(url: string): ConnectorAddress | undefined {
  const [, site, server] = CONNECTOR_ADDRESS.exec(url) ?? [];
  const isOne = slugSchema.safeParse(site).success && slugSchema.safeParse(server).success;
  return isOne && site !== undefined && server !== undefined ? { site, server } : undefined;
}

export function connectorAddress({ site, server }: ConnectorAddress): string {
  return `connector://${site}/${server}`;
}

const titleSchema = z
  .string()
  .trim()
  .min(1, 'Give it a name.')
  .max(120)
  .regex(/^\P{C}*$/u, 'Without control characters.');

/** `POST /api/connectors/enrolments`. A site that isn't there yet is made. */
export const enrolmentInputSchema = z.object({
  site: slugSchema,
  minutes: z
    .number({ error: 'A number of minutes.' })
    .int('Whole minutes.')
    .min(5, 'At least 5 minutes.')
    .max(1440, 'At most a day.')
    .default(60),
});
export type EnrolmentInput = z.infer<typeof enrolmentInputSchema>;

/** `PUT /api/connectors/:id` */
export const connectorRenameSchema = z.object({ name: titleSchema });
export type ConnectorRename = z.infer<typeof connectorRenameSchema>;

/** What a connector says of one server in its file. Untrusted words of another machine. */
export const connectorServerSchema = z.object({
  name: slugSchema,
  kind: z.enum(['stdio', 'http']),
  /** `null` until it said so. */
  state: z.enum(['idle', 'starting', 'ready', 'backing-off', 'failed']).nullable().default(null),
  lastError: z.string().max(1000).nullable().default(null),
});
export type ConnectorServer = z.infer<typeof connectorServerSchema>;

export const connectorSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['connected', 'draining', 'offline', 'revoked']),
  /** What it last said it is; `null` before it first connected. */
  version: z.string().nullable(),
  enrolledBy: z.string(),
  enrolledAt: timestampSchema,
  lastSeenAt: timestampSchema.nullable(),
  lastError: z.string().nullable(),
  /** Exchanges under way through it, over all gateways. */
  openStreams: z.number().int(),
  /** Since when, and which gateway holds it; more than one while it changes gateways. */
  links: z.array(z.object({ since: timestampSchema, gateway: z.string() })),
  servers: z.array(connectorServerSchema),
  revoked: z.object({ at: timestampSchema, by: z.string() }).nullable(),
});
export type Connector = z.infer<typeof connectorSchema>;

export const connectorSiteSchema = z.object({
  id: z.string(),
  name: z.string(),
  connectors: z.array(connectorSchema),
  /** Tokens that may still be used. */
  enrolments: z.array(
    z.object({
      id: z.string(),
      createdBy: z.string(),
      createdAt: timestampSchema,
      expiresAt: timestampSchema,
    }),
  ),
  /** Connections that are reached through this site. */
  connections: z.array(
    z.object({ id: z.string(), slug: z.string(), title: z.string(), server: z.string() }),
  ),
});
export type ConnectorSite = z.infer<typeof connectorSiteSchema>;

/** `GET /api/connectors`; every change answers with it, too. */
export const connectorSitesSchema = z.object({
  items: z.array(connectorSiteSchema),
  /** Gateways with connectors that the other gateways can't reach, since they don't say where they are. */
  unreachableGateways: z.array(z.string()),
});
export type ConnectorSites = z.infer<typeof connectorSitesSchema>;

/** The token is shown this once. */
export const enrolmentCreatedSchema = connectorSitesSchema.extend({
  token: z.string(),
  expiresAt: timestampSchema,
  /** What to run on the connector's machine. */
  command: z.string(),
});
export type EnrolmentCreated = z.infer<typeof enrolmentCreatedSchema>;

/** `GET /api/connectors/:id/log`: the newest lines, oldest first. Untrusted. */
export const connectorLogSchema = z.object({
  lines: z.array(
    z.object({
      at: timestampSchema,
      level: z.enum(['info', 'warn', 'error']),
      /** `null` where it speaks of the connector itself. */
      server: z.string().nullable(),
      text: z.string(),
    }),
  ),
});
export type ConnectorLog = z.infer<typeof connectorLogSchema>;
export type ConnectorLogLine = ConnectorLog['lines'][number];

/** `POST /api/connectors/enroll`, from a connector with a one-time token. */
export const connectorEnrollSchema = z.strictObject({
  token: z.string().max(200),
  /** Ed25519; the private half never leaves the connector. */
  publicKey: z.object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  }),
  name: titleSchema,
  version: z
    .string()
    .min(1)
    .max(64)
    .regex(/^\P{C}*$/u, 'Without control characters.'),
});
export type ConnectorEnroll = z.infer<typeof connectorEnrollSchema>;

export const connectorEnrolledSchema = z.object({
  connectorId: z.string(),
  site: z.string(),
});
export type ConnectorEnrolled = z.infer<typeof connectorEnrolledSchema>;
