import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider from 'oidc-provider';
import { Pool } from 'pg';
import { z } from 'zod';
import { TestkitError } from '../testkit.error.ts';
import { isOut } from './changeable-directory.ts';
import { consoleClientSchema } from './clients.ts';
import { agentSchema, personSchema } from './directory.ts';
import { handleInteraction } from './interactions.ts';
import { prepareIdentityStore } from './postgres-adapter.ts';
import { providerConfiguration } from './provider-configuration.ts';
import { readOrCreateKeys } from './provider-keys.ts';

/** Where the provider is mounted on the public origin. */
export const IDENTITY_PREFIX = '/oidc';

export const identityProviderOptionsSchema = z.object({
  /** The origin people see, without a trailing slash; the issuer is `<publicUrl>/oidc`. */
  publicUrl: z.url(),
  /** Goes into cookie names, so that several stacks share one browser. */
  instance: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** Its own database; keys, grants and sessions are kept there. */
  databaseUrl: z.string(),
  /** What a token is for when its request names no resource. */
  demoConnectionUrl: z.url(),
  people: z.array(personSchema),
  agents: z.array(agentSchema),
  console: consoleClientSchema,
});
export type IdentityProviderOptions = z.infer<typeof identityProviderOptionsSchema>;

export interface IdentityProvider {
  readonly issuer: string;
  /** Takes requests with their full path (`/oidc/…`). */
  handler(req: IncomingMessage, res: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

/**
 * The embedded OpenID provider: real, but with demo passwords. It refuses to exist in production.
 *
 * @throws TestkitError `production_refused`
 */
export async function createIdentityProvider(
  options: IdentityProviderOptions,
): Promise<IdentityProvider> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new TestkitError(
      'production_refused',
      'The embedded identity provider has demo passwords and does not run with NODE_ENV=production.',
    );
  }
  const pool = new Pool({ connectionString: options.databaseUrl, max: 5 });
  // A connection that Postgres drops while idle must not end the process.
  pool.on('error', (error) => console.error(error));
  await prepareIdentityStore(pool);
  const issuer = options.publicUrl + IDENTITY_PREFIX;
  const keys = await readOrCreateKeys(pool);
  const provider = new Provider(issuer, providerConfiguration(options, pool, keys));
  // The gateway in front says which origin the person used.
  provider.proxy = true;
  provider.on('server_error', (_ctx, error) => console.error(error));
  const callback = provider.callback();

  async function handler(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const fullUrl = req.url ?? '/';
    const { pathname } = new URL(fullUrl, issuer);
    if (!pathname.startsWith(`${IDENTITY_PREFIX}/`)) {
      res.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not_found"}');
      return;
    }
    if (await isOut(pool)) {
      res.writeHead(503, { 'content-type': 'text/plain' }).end('out of order');
      return;
    }
    const path = pathname.slice(IDENTITY_PREFIX.length);
    if (await handleInteraction(provider, options.people, path, req, res)) return;
    // oidc-provider finds the mount prefix by comparing the two.
    Object.assign(req, { originalUrl: fullUrl });
    req.url = fullUrl.slice(IDENTITY_PREFIX.length);
    await callback(req, res);
  }

  return { issuer, handler, close: () => pool.end() };
}
