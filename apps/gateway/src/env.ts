import { z } from 'zod';

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

const jsonOf = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

const rolesSchema = z.object({
  reviewer: z.array(z.string()).default([]),
  admin: z.array(z.string()).default([]),
  auditor: z.array(z.string()).default([]),
  breakglass: z.array(z.string()).default([]),
});

/** Every variable; docs/install.md explains each. */
export const environmentSchema = z.object({
  NODE_ENV: z.string().default('development'),
  HOLDPOINT_MODE: z.enum(['embedded', 'production']).default('production'),
  HOLDPOINT_INSTANCE: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'use 1 to 32 of a-z, 0-9 and -')
    .default('holdpoint'),
  HOLDPOINT_PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  HOLDPOINT_HOST: z.string().default('loopback'),
  HOLDPOINT_PORT: z.coerce.number().int().min(1).max(65_535).default(4600),
  HOLDPOINT_TRUSTED_PROXIES: list,
  /** Where the other gateways reach this one, for connectors that are linked here. */
  HOLDPOINT_INSTANCE_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  HOLDPOINT_DATABASE_WAIT_MS: z.coerce.number().int().min(1000).default(5000),
  HOLDPOINT_MASTER_KEY: z
    .string()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)'),
  HOLDPOINT_OIDC_ISSUER: z.url({ protocol: /^https?$/ }),
  HOLDPOINT_OIDC_CLIENT_ID: z.string().min(1),
  HOLDPOINT_OIDC_CLIENT_SECRET: z.string().min(1),
  HOLDPOINT_OIDC_SCOPES: z.string().default('openid profile email groups'),
  /** Some providers refuse clients a scope that they list. */
  HOLDPOINT_OIDC_OFFLINE_ACCESS: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
  /** A verdict is not taken with groups that were confirmed longer ago. */
  HOLDPOINT_GROUPS_MAX_AGE_MS: z.coerce.number().int().min(0).max(3_600_000).default(300_000),
  HOLDPOINT_OIDC_GROUPS_CLAIM: z.string().default('groups'),
  HOLDPOINT_OIDC_PERSON_CLAIM: z.string().default('sub'),
  /** Accepted besides a connection's own URL: some providers ignore `resource`. */
  HOLDPOINT_OIDC_AUDIENCES: list,
  HOLDPOINT_ROLES: jsonOf(rolesSchema).default({
    reviewer: [],
    admin: [],
    auditor: [],
    breakglass: [],
  }),
  /** Gives the admin role on top of HOLDPOINT_ROLES, so that a first start is never locked out. */
  HOLDPOINT_FIRST_ADMIN_GROUP: z.string().optional(),
  HOLDPOINT_CONSOLE_URL: z.url({ protocol: /^https?$/ }),
  HOLDPOINT_EMBEDDED_IDP_URL: z.url({ protocol: /^http$/ }).optional(),
  HOLDPOINT_CHECKPOINT_DIR: z.string().optional(),
  HOLDPOINT_CHECKPOINT_URL: z.url({ protocol: /^https?$/ }).optional(),
  HOLDPOINT_MAX_FRAME_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(16 * 1024 * 1024),
  HOLDPOINT_MAX_HELD_PER_CALLER: z.coerce.number().int().min(1).default(20),
  HOLDPOINT_MAX_CALLS_PER_CALLER: z.coerce.number().int().min(1).default(64),
  HOLDPOINT_MAX_STREAMS_PER_CALLER: z.coerce.number().int().min(1).default(32),
  HOLDPOINT_MAX_PENDING_BYTES: z.coerce
    .number()
    .int()
    .min(64 * 1024)
    .default(512 * 1024 * 1024),
  HOLDPOINT_MAX_SESSIONS_PER_CALLER: z.coerce.number().int().min(1).default(1000),
  HOLDPOINT_SESSION_IDLE_MS: z.coerce
    .number()
    .int()
    .min(60_000)
    .default(24 * 3_600_000),
  HOLDPOINT_UPSTREAM_TIMEOUT_MS: z.coerce.number().int().min(1000).default(300_000),
  /** A call whose agent has a task runs without an exchange that could end it. */
  HOLDPOINT_BACKGROUND_RUN_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .max(24 * 3_600_000)
    .default(3_600_000),
  /** Not a setting in the console: no single admin may lift it. */
  HOLDPOINT_POLICY_SECOND_ADMIN: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  /** How long a new passkey signs nothing: time to notice one that its person didn't add. */
  HOLDPOINT_PASSKEY_DELAY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(7 * 24 * 3_600_000)
    .default(0),
  HOLDPOINT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type Environment = z.infer<typeof environmentSchema> & { readonly secure: boolean };

/** A bad environment ends the start with every problem at once, one a line. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

export function parseEnvironment(source: NodeJS.ProcessEnv): Environment {
  const parsed = environmentSchema.safeParse(source);
  const problems = parsed.success
    ? refuseUnsafe(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (problems.length > 0 || !parsed.success) {
    throw new EnvironmentError(
      `The environment is not usable:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
  return { ...parsed.data, secure: parsed.data.HOLDPOINT_PUBLIC_URL.startsWith('https:') };
}

function refuseUnsafe(env: z.infer<typeof environmentSchema>): string[] {
  const problems: string[] = [];
  if (env.HOLDPOINT_MODE === 'embedded' && env.NODE_ENV === 'production') {
    problems.push(
      'HOLDPOINT_MODE: embedded mode has demo passwords and does not run with NODE_ENV=production',
    );
  }
  if (env.HOLDPOINT_MODE === 'embedded' && env.HOLDPOINT_HOST !== 'loopback') {
    problems.push('HOLDPOINT_HOST: embedded mode binds loopback only');
  }
  if (env.HOLDPOINT_MODE === 'production' && env.HOLDPOINT_EMBEDDED_IDP_URL !== undefined) {
    problems.push('HOLDPOINT_EMBEDDED_IDP_URL: only for embedded mode');
  }
  // A caller gets a quarter, and what is made of a frame takes more than its text.
  if (env.HOLDPOINT_MAX_PENDING_BYTES < 8 * env.HOLDPOINT_MAX_FRAME_BYTES) {
    problems.push(
      'HOLDPOINT_MAX_PENDING_BYTES: must be at least eight times HOLDPOINT_MAX_FRAME_BYTES',
    );
  }
  const instanceUrl = URL.parse(env.HOLDPOINT_INSTANCE_URL ?? '');
  if (instanceUrl !== null && (instanceUrl.pathname !== '/' || instanceUrl.search !== '')) {
    problems.push('HOLDPOINT_INSTANCE_URL: must be an origin without a path');
  }
  const publicUrl = new URL(env.HOLDPOINT_PUBLIC_URL);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(publicUrl.hostname);
  if (publicUrl.protocol === 'http:' && !loopback) {
    problems.push(
      'HOLDPOINT_PUBLIC_URL: plain http is only for localhost; put TLS in front and name its https address',
    );
  }
  if (publicUrl.pathname !== '/' || publicUrl.search !== '') {
    problems.push('HOLDPOINT_PUBLIC_URL: must be an origin without a path');
  }
  return problems;
}
