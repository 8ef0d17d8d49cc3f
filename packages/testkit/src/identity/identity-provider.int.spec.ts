import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { findFreePort } from '../process/free-port.ts';
import {
  processEntry,
  startReportingProcess,
  type ManagedProcess,
} from '../process/managed-process.ts';
import { startPostgres, type EmbeddedDatabase } from '../postgres/start-postgres.ts';
import { CLI_CLIENT_ID } from './clients.ts';

const PERSON = {
  sub: 'person-sam',
  name: 'Sam',
  email: 'sam@example.com',
  groups: ['data-agents'],
  password: 'brave-otter-12',
};
const AGENT = { clientId: 'demo-agent', clientSecret: 'agent-secret', groups: ['data-agents'] };
const CONSOLE = { clientId: 'holdpoint-console', clientSecret: 'console-secret' };

let home: string;
let database: EmbeddedDatabase;
let provider: ManagedProcess;
let publicUrl: string;
let port: number;

async function startProvider() {
  provider = await startReportingProcess({
    name: 'identity provider',
    script: processEntry(import.meta.url, 'identity.process'),
    config: {
      port,
      publicUrl,
      instance: 'spec',
      databaseUrl: database.url('identity'),
      demoConnectionUrl: `${publicUrl}/mcp/demo`,
      people: [PERSON],
      agents: [AGENT],
      console: CONSOLE,
    },
  });
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdpoint-identity-'));
  database = await startPostgres({ dataDir: join(home, 'postgres'), durable: false });
  await database.createDatabase('identity');
  port = await findFreePort();
  publicUrl = `http://localhost:${port}`;
  await startProvider();
});

afterAll(async () => {
  await provider.stop();
  await database.stop();
  await rm(home, { recursive: true, force: true });
});

function token(body: Record<string, string>, basic?: { clientId: string; clientSecret: string }) {
  return fetch(`${publicUrl}/oidc/token`, {
    method: 'POST',
    headers:
      basic === undefined
        ? {}
        : { authorization: `Basic ${btoa(`${basic.clientId}:${basic.clientSecret}`)}` },
    body: new URLSearchParams(body),
  });
}

const tokensSchema = z.object({
  access_token: z.string(),
  id_token: z.string().default(''),
  refresh_token: z.string().default(''),
});

async function readTokens(answer: Response) {
  return tokensSchema.parse(await answer.json());
}

async function verify(accessToken: string, audience: string) {
  const keys = createRemoteJWKSet(new URL(`${publicUrl}/oidc/jwks`));
  return (await jwtVerify(accessToken, keys, { issuer: `${publicUrl}/oidc`, audience })).payload;
}

/** A browser just good enough to follow a sign-in: cookies, redirects by hand, one form a page. */
function browser() {
  const jar = new Map<string, string>();
  return async (address: string, form?: Record<string, string>) => {
    const response = await fetch(new URL(address, publicUrl), {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      jar.set(name, value);
    }
    return { status: response.status, location: response.headers.get('location') ?? '', response };
  };
}

async function signIn(clientId: string, redirectUri: string, extra: Record<string, string>) {
  const visit = browser();
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile email groups',
    state: 'state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  });
  let step = await visit(`/oidc/auth?${query.toString()}`);
  const loginPage = step.location;
  step = await visit(`${loginPage}/login`, { email: PERSON.email, password: PERSON.password });
  step = await visit(step.location);
  const sawConsent = step.location.includes('/interaction/');
  if (sawConsent) {
    step = await visit(`${step.location}/confirm`, {});
    step = await visit(step.location);
  }
  const code = new URL(step.location).searchParams.get('code') ?? '';
  return { visit, loginPage, code, verifier, sawConsent, finalAddress: step.location };
}

describe('service identities', () => {
  it('get a JWT for the demo connection when they name neither resource nor scope', async () => {
    const answer = await token({ grant_type: 'client_credentials' }, AGENT);
    const { access_token: accessToken } = await readTokens(answer);
    const claims = await verify(accessToken, `${publicUrl}/mcp/demo`);
    expect(claims).toMatchObject({ client_id: AGENT.clientId, groups: AGENT.groups });
  });

  it('are refused with a wrong secret', async () => {
    const wrong = { ...AGENT, clientSecret: 'guess' };
    const answer = await token({ grant_type: 'client_credentials' }, wrong);
    expect(answer.status).toBe(401);
  });

  it('are refused a resource that is not one of the connections', async () => {
    const body = { grant_type: 'client_credentials', resource: 'https://elsewhere.example/mcp/x' };
    const answer = await token(body, AGENT);
    expect(await answer.json()).toMatchObject({ error: 'invalid_target' });
  });
});

describe('people', () => {
  it('sign in to the console without a consent page, with groups in the ID token and userinfo', async () => {
    const redirectUri = `${publicUrl}/auth/callback`;
    const flow = await signIn(CONSOLE.clientId, redirectUri, { nonce: 'n' });
    expect(flow.sawConsent).toBe(false);
    const answer = await token(
      {
        grant_type: 'authorization_code',
        code: flow.code,
        redirect_uri: redirectUri,
        code_verifier: flow.verifier,
      },
      CONSOLE,
    );
    const tokens = await readTokens(answer);
    const claims = await verify(tokens.id_token, CONSOLE.clientId);
    expect(claims).toMatchObject({ sub: PERSON.sub, groups: PERSON.groups, nonce: 'n' });
    const userinfo = await fetch(`${publicUrl}/oidc/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await userinfo.json()).toMatchObject({ email: PERSON.email, groups: PERSON.groups });
  });

  it('are told on a wrong password, and the page never shows the right one', async () => {
    const flow = await signIn(CONSOLE.clientId, `${publicUrl}/auth/callback`, {});
    const visit = browser();
    const start = await visit(
      `/oidc/auth?client_id=${CONSOLE.clientId}&response_type=code&scope=openid&code_challenge=${'x'.repeat(43)}&code_challenge_method=S256`,
    );
    const page = await visit(`${start.location}/login`, { email: PERSON.email, password: 'no' });
    const text = await page.response.text();
    expect(flow.code).not.toBe('');
    expect(page.status).toBe(401);
    expect(text).toContain('match');
    expect(text).not.toContain(PERSON.password);
    expect(page.response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('let an MCP client act for them after consent, on any loopback port, across a restart', async () => {
    const redirectUri = 'http://localhost:53682/callback';
    const flow = await signIn(CLI_CLIENT_ID, redirectUri, { resource: `${publicUrl}/mcp/other` });
    expect(flow.sawConsent).toBe(true);
    const answer = await token({
      grant_type: 'authorization_code',
      client_id: CLI_CLIENT_ID,
      code: flow.code,
      redirect_uri: redirectUri,
      code_verifier: flow.verifier,
    });
    const tokens = await readTokens(answer);
    const before = await verify(tokens.access_token, `${publicUrl}/mcp/other`);
    expect(before).toMatchObject({ sub: PERSON.sub, groups: PERSON.groups });

    await provider.stop();
    await startProvider();

    await verify(tokens.access_token, `${publicUrl}/mcp/other`);
    const refreshed = await token({
      grant_type: 'refresh_token',
      client_id: CLI_CLIENT_ID,
      refresh_token: tokens.refresh_token,
    });
    const { access_token: renewed } = await readTokens(refreshed);
    await verify(renewed, `${publicUrl}/mcp/other`);
  });
});

describe('dynamic registration', () => {
  // Guarantee: whoever can reach the port can't make itself a service identity with groups.
  it.each([
    ['accepts a loopback client', { redirect_uris: ['http://localhost:6274/oauth/callback'] }, 201],
    ['refuses a foreign redirect', { redirect_uris: ['https://evil.example/cb'] }, 400],
    ['refuses groups', { redirect_uris: ['http://localhost:1/cb'], groups: ['data-agents'] }, 400],
    [
      'refuses the client credentials grant',
      { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      400,
    ],
  ])('%s', async (_description, metadata, status) => {
    const answer = await fetch(`${publicUrl}/oidc/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    });
    expect(answer.status).toBe(status);
  });
});

it('refuses to run in production', async () => {
  const started = startReportingProcess({
    name: 'identity provider',
    script: processEntry(import.meta.url, 'identity.process'),
    env: { NODE_ENV: 'production' },
    config: {
      publicUrl,
      instance: 'spec',
      databaseUrl: database.url('identity'),
      demoConnectionUrl: `${publicUrl}/mcp/demo`,
      people: [],
      agents: [],
      console: CONSOLE,
    },
  });
  await expect(started).rejects.toMatchObject({ code: 'production_refused' });
});
