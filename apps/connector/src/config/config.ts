import { serverName } from '@holdpoint/tunnel';
import { z } from 'zod';

const filePath = z.string().min(1).max(4096);
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
  // It is asked of texts that are no address, too.
  .refine((text) => !/^[^/]*\/\/[^/?#]*@/.test(text), {
    error: 'must not hold a user name or a password; use headers with a credential',
  });

const vaultSecret = z.strictObject({
  /** As the HTTP API writes it below `/v1/`: `secret/data/app` (KV v2) or `kv/app` (KV v1). */
  path: z.string().regex(/^[\w./-]+$/, 'must be a path as below /v1/, for example secret/data/app'),
  field: z.string().min(1),
});

const awsSecret = z.strictObject({
  secretId: z.string().min(1).max(2048),
  /** A key of a secret that is a JSON object; without it the whole text. */
  field: z.string().min(1).optional(),
});

/** Where a value comes from that must not stand in this file. */
const reference = z
  .strictObject({
    file: filePath.optional(),
    env: z.string().min(1).optional(),
    vault: vaultSecret.optional(),
    awsSecretsManager: awsSecret.optional(),
    /** Put before the value: `"Bearer "`. */
    prefix: z.string().max(200).optional(),
  })
  .refine(
    ({ file, env, vault, awsSecretsManager }) =>
      [file, env, vault, awsSecretsManager].filter((source) => source !== undefined).length === 1,
    { error: 'must name exactly one of file, env, vault, awsSecretsManager' },
  );

const value = z.union([z.string().max(64 * 1024), reference], {
  error: 'must be a text, or one of {file}, {env}, {vault}, {awsSecretsManager}',
});

const seconds = (least: number, most: number) => z.number().min(least).max(most);

const stdio = z.strictObject({
  command: z.string().min(1).max(4096),
  args: z
    .array(z.string().max(64 * 1024))
    .max(1000)
    .default([]),
  cwd: filePath.optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'must be a name of a variable'), value)
    .default({}),
  /** Variables of the connector that are passed on beside PATH, HOME and the like. */
  passEnv: z.array(z.string().min(1)).max(100).default([]),
  sessions: z.enum(['shared', 'per-session']).default('per-session'),
  maxSessions: z.int().min(1).max(1000).default(16),
  idleSeconds: seconds(1, 86_400).default(900),
  stopSeconds: seconds(0, 60).default(5),
  maxBackoffSeconds: seconds(1, 3600).default(60),
});

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a name of a header')
  .refine(
    (name) =>
      !/^(host|content-length|transfer-encoding|connection|accept|content-type|mcp-.*)$/i.test(
        name,
      ),
    {
      error: 'is written by the protocol itself',
    },
  );

const http = z.strictObject({
  url: httpUrl,
  headers: z.record(headerName, value).default({}),
  /** PEM file of the authority that the server's certificate comes from. */
  ca: filePath.optional(),
  connectSeconds: seconds(1, 120).default(10),
  maxConnections: z.int().min(1).max(1000).default(128),
});

const server = z
  .strictObject({ stdio: stdio.optional(), http: http.optional() })
  .refine((one) => (one.stdio === undefined) !== (one.http === undefined), {
    error: 'must have exactly one of stdio, http',
  });

const vaultLogin = z.union(
  [
    z.strictObject({ token: reference }),
    z.strictObject({
      appRole: z.strictObject({
        roleId: value,
        secretId: reference,
        mount: z.string().default('approle'),
      }),
    }),
    z.strictObject({
      kubernetes: z.strictObject({
        role: z.string().min(1),
        mount: z.string().default('kubernetes'),
        tokenFile: filePath.default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
      }),
    }),
  ],
  { error: 'must be one of {token}, {appRole}, {kubernetes}' },
);

const vault = z.strictObject({
  address: httpUrl,
  namespace: z.string().min(1).optional(),
  ca: filePath.optional(),
  auth: vaultLogin,
});

const aws = z.strictObject({
  region: z.string().min(1).optional(),
  /** Another address of the service: a VPC endpoint. */
  endpoint: httpUrl.optional(),
});

const PROXY = 'must be none, or an address that begins with http:// or https://';

const gateway = z.strictObject({
  /** PEM file of the authority that the gateway's certificate comes from. */
  ca: filePath.optional(),
  /** Overrides HTTPS_PROXY and the like; `none` uses no proxy. */
  proxy: z.union([z.literal('none'), z.url({ protocol: /^https?$/, error: PROXY })]).optional(),
});

const limits = z.strictObject({
  /** Longest message to or from a server. */
  maxMessageBytes: z
    .int()
    .min(1024)
    .max(256 * 1024 * 1024)
    .default(16 * 1024 * 1024),
  /** Requests that are being read, all together. */
  maxPendingBytes: z
    .int()
    .min(1024)
    .default(128 * 1024 * 1024),
  maxStreams: z.int().min(1).max(1024).default(1024),
  drainSeconds: seconds(0, 3600).default(30),
});

export const configSchema = z.strictObject({
  state: filePath.optional(),
  gateway: gateway.prefault({}),
  /** How long a credential from Vault or AWS is used before it is read again. */
  credentialSeconds: seconds(1, 86_400).default(300),
  vault: vault.optional(),
  aws: aws.prefault({}),
  limits: limits.prefault({}),
  servers: z.record(serverName, server).refine((all) => Object.keys(all).length <= 256, {
    error: 'must be 256 servers at most',
  }),
});

export type Config = z.infer<typeof configSchema>;
export type StdioConfig = z.infer<typeof stdio>;
export type HttpConfig = z.infer<typeof http>;
export type Limits = z.infer<typeof limits>;
export type GatewayConfig = z.infer<typeof gateway>;
export type VaultConfig = z.infer<typeof vault>;
export type AwsConfig = z.infer<typeof aws>;
/** A text, or where it comes from. */
export type Value = z.infer<typeof value>;
export type Reference = z.infer<typeof reference>;
