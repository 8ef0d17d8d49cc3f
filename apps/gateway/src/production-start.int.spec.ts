import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectionSavedSchema, meSchema } from '@holdpoint/contracts';
import { createIdentityProvider, findFreePort, startPostgres } from '@holdpoint/testkit';
import { Browser } from './testing/browser.ts';
import { SIGN_IN_AS, startForeignProvider, startTlsProxy } from './testing/outside-world.ts';
import { startBuilt, type Program } from './testing/program.ts';

const MAIN = 'apps/gateway/dist/main.js';
const MIGRATE = 'apps/gateway/dist/migrate.js';
const CONSOLE = 'apps/console/.next/standalone/apps/console/server.js';

const cleanups: (() => unknown)[] = [];
let environment: Record<string, string>;
let publicUrl: string;
let direct: string;
let databaseUrl: string;

/** What docs/install.md says: Postgres, a provider of one's own, TLS in front, and an environment. */
beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), 'holdpoint-production-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const postgres = await startPostgres({ dataDir: join(home, 'postgres'), durable: false });
  cleanups.push(() => postgres.stop());
  await postgres.createDatabase('holdpoint');
  databaseUrl = postgres.url('holdpoint');

  const [port, providerPort, consolePort] = [
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
  ];
  const proxy = await startTlsProxy(port);
  cleanups.push(() => proxy.close());
  setDefaultCACertificates([...getCACertificates('default'), proxy.certificate]);
  publicUrl = proxy.url;
  direct = `http://127.0.0.1:${port}`;
  const client = { id: 'holdpoint', secret: 'a client secret + %' };
  const provider = await startForeignProvider({
    port: providerPort,
    client,
    redirectUri: `${publicUrl}/auth/callback`,
    people: { ada: ['platform-team'], grace: ['dba'], linus: ['kernel'] },
  });
  cleanups.push(() => provider.close());

  environment = {
    NODE_ENV: 'production',
    HOLDPOINT_MODE: 'production',
    HOLDPOINT_PUBLIC_URL: publicUrl,
    HOLDPOINT_HOST: '127.0.0.1',
    HOLDPOINT_PORT: String(port),
    HOLDPOINT_TRUSTED_PROXIES: '127.0.0.1',
    DATABASE_URL: databaseUrl,
    HOLDPOINT_MASTER_KEY: randomBytes(32).toString('base64'),
    HOLDPOINT_OIDC_ISSUER: provider.url,
    HOLDPOINT_OIDC_CLIENT_ID: client.id,
    HOLDPOINT_OIDC_CLIENT_SECRET: client.secret,
    HOLDPOINT_OIDC_SCOPES: 'openid profile email roles',
    HOLDPOINT_OIDC_GROUPS_CLAIM: 'roles',
    HOLDPOINT_ROLES: JSON.stringify({ reviewer: ['dba'] }),
    HOLDPOINT_FIRST_ADMIN_GROUP: 'platform-team',
    HOLDPOINT_CONSOLE_URL: `http://127.0.0.1:${consolePort}`,
    HOLDPOINT_LOG_LEVEL: 'warn',
  };

  const migration = await startBuilt(MIGRATE, { DATABASE_URL: databaseUrl });
  const migrated = await migration.ended;
  if (migrated.code !== 0) throw new Error(migrated.output);
  const gateway = await running(MAIN, environment);
  const console = await running(CONSOLE, {
    NODE_ENV: 'production',
    HOSTNAME: '127.0.0.1',
    PORT: String(consolePort),
  });
  await gateway.untilUp(`${direct}/readyz`);
  await console.untilUp(`http://127.0.0.1:${consolePort}/icon.svg`);
});

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function running(file: string, env: Record<string, string>): Promise<Program> {
  const program = await startBuilt(file, env);
  cleanups.push(() => program.stop());
  return program;
}

async function signIn(person: string): Promise<Browser> {
  const browser = new Browser(publicUrl);
  browser.setCookie(SIGN_IN_AS, person);
  const { url, response } = await browser.follow('/inbox');
  expect({ url, status: response.status }).toEqual({ url: `${publicUrl}/inbox`, status: 200 });
  return browser;
}

async function readMe(browser: Browser) {
  return meSchema.parse(await (await browser.visit('/api/me')).json());
}

describe('a production start', () => {
  it('needs no migration a second time', async () => {
    const again = await (await startBuilt(MIGRATE, { DATABASE_URL: databaseUrl })).ended;
    expect(again).toEqual({ code: 0, output: 'The database is up to date.\n' });
  });

  it.each(['/healthz', '/readyz'])('answers %s to a balancer that knows no name', async (path) => {
    const response = await fetch(direct + path);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('answers everything else under its public name only', async () => {
    // Guarantee: a name that was rebound to this address is not the gateway's own.
    expect((await fetch(`${direct}/api/me`)).status).toBe(421);
  });

  it('signs people in through the external provider, behind TLS, with a host-bound cookie', async () => {
    const browser = new Browser(publicUrl);
    const login = await browser.visit('/auth/login?return=/inbox');
    const [cookie = ''] = login.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-hp_holdpoint=/);
    const attributes = cookie.split('; ').slice(1);
    expect(attributes).toEqual(
      expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']),
    );
    const asked = new URL(login.headers.get('location') ?? '');
    expect(asked.origin).toBe(environment['HOLDPOINT_OIDC_ISSUER']);
    expect(asked.searchParams.get('redirect_uri')).toBe(`${publicUrl}/auth/callback`);
    await signIn('ada');
  });

  it('serves the console under a strict policy and HSTS', async () => {
    const page = await (await signIn('ada')).visit('/inbox');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('strict-transport-security')).toContain('max-age=31536000');
    const nonce = /'nonce-([^']+)'/.exec(page.headers.get('content-security-policy') ?? '')?.[1];
    expect(nonce).toBeTruthy();
    expect(await page.text()).toContain(`nonce="${nonce}"`);
  });

  it('gives roles by the group map, and the first admin group the admin role', async () => {
    expect(await readMe(await signIn('ada'))).toMatchObject({ roles: ['admin'], embedded: false });
    expect(await readMe(await signIn('grace'))).toMatchObject({ roles: ['reviewer'] });
    expect(await readMe(await signIn('linus'))).toMatchObject({ roles: [] });
  });

  it('lets the first admin register a connection, and nobody else', async () => {
    const created = await register(await signIn('ada'), 'crm');
    expect(created.status).toBe(201);
    const { connection } = connectionSavedSchema.parse(await created.json());
    expect(connection).toMatchObject({ slug: 'crm', endpoint: `${publicUrl}/mcp/crm` });
    expect((await register(await signIn('grace'), 'erp')).status).toBe(403);
  });

  it('points an agent without a token to the provider', async () => {
    const refused = await fetch(`${publicUrl}/mcp/crm`, { method: 'POST', body: '{}' });
    expect(refused.status).toBe(401);
    const metadata = `${publicUrl}/.well-known/oauth-protected-resource/mcp/crm`;
    expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${metadata}"`);
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: `${publicUrl}/mcp/crm`,
      authorization_servers: [environment['HOLDPOINT_OIDC_ISSUER']],
    });
  });
});

async function register(browser: Browser, slug: string): Promise<Response> {
  const { csrfToken } = await readMe(browser);
  return browser.visit('/api/connections', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: publicUrl, 'x-csrf-token': csrfToken },
    body: JSON.stringify({
      slug,
      title: 'Customer records',
      url: 'https://mcp.corp.example/mcp',
      credential: { kind: 'bearer', token: 'upstream-token' },
      callerGroups: ['agents'],
      chain: [{ groups: ['dba'] }],
    }),
  });
}

/** Each change to a good environment, and what the person at the terminal reads. */
const REFUSALS: readonly (readonly [
  string,
  Record<string, string | undefined>,
  readonly RegExp[],
])[] = [
  [
    'embedded mode, which has demo passwords',
    { HOLDPOINT_MODE: 'embedded', HOLDPOINT_HOST: 'loopback' },
    [/HOLDPOINT_MODE: embedded mode .* does not run with NODE_ENV=production/],
  ],
  [
    'missing variables, all named at once',
    { HOLDPOINT_MASTER_KEY: undefined, HOLDPOINT_OIDC_ISSUER: undefined, DATABASE_URL: undefined },
    [/^ {2}- HOLDPOINT_MASTER_KEY: /m, /^ {2}- HOLDPOINT_OIDC_ISSUER: /m, /^ {2}- DATABASE_URL: /m],
  ],
  ['a short master key', { HOLDPOINT_MASTER_KEY: 'c2hvcnQ=' }, [/must be 32 bytes in base64/]],
  ['a role map that is no JSON', { HOLDPOINT_ROLES: 'dba' }, [/HOLDPOINT_ROLES: is not JSON/]],
  [
    'plain http on a public name',
    { HOLDPOINT_PUBLIC_URL: 'http://holdpoint.corp.example' },
    [/HOLDPOINT_PUBLIC_URL: plain http is only for localhost/],
  ],
  [
    'the embedded provider',
    { HOLDPOINT_EMBEDDED_IDP_URL: 'http://127.0.0.1:9' },
    [/HOLDPOINT_EMBEDDED_IDP_URL: only for embedded mode/],
  ],
  [
    'a database that nobody answers for',
    { DATABASE_URL: 'postgresql://holdpoint@127.0.0.1:9/holdpoint' },
    [/The database at DATABASE_URL can’t be reached/],
  ],
];

describe('a production start refuses', () => {
  it.each(REFUSALS)('%s', async (_what, change, said) => {
    const env = Object.fromEntries(
      Object.entries({ ...environment, ...change }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    const { code, output } = await (await startBuilt(MAIN, env)).ended;
    expect(code).toBe(1);
    for (const line of said) expect(output).toMatch(line);
    // A list for a person, not a stack for a programmer.
    expect(output).not.toMatch(/^ +at /m);
  });

  it('the embedded identity provider and its passwords', async () => {
    // Guarantee: demo passwords never guard anything real.
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      const options = {
        publicUrl,
        instance: 'spec',
        databaseUrl,
        demoConnectionUrl: `${publicUrl}/mcp/demo`,
        people: [],
        agents: [],
        console: { clientId: 'console', clientSecret: 'secret' },
      };
      await expect(createIdentityProvider(options)).rejects.toMatchObject({
        code: 'production_refused',
      });
    } finally {
      process.env['NODE_ENV'] = before;
    }
  });
});
