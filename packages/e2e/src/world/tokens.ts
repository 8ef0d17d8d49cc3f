import { createHash, createPrivateKey, createSign, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLI_CLIENT_ID } from '@holdpoint/testkit';
import { request, type APIRequestContext, type APIResponse } from '@playwright/test';
import pg from 'pg';
import { z } from 'zod';
import { passSignInPage } from './person.ts';
import type { PersonName, World } from './world.ts';

const tokenSchema = z.object({ access_token: z.string() });

/** A service identity's access token; for the demo connection unless told otherwise. */
export async function serviceToken(
  world: World,
  clientId: string,
  resource?: string,
): Promise<string> {
  const { clientSecret } = world.agent(clientId);
  const answer = await fetch(world.started.tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(resource === undefined ? {} : { resource }),
    }),
  });
  return tokenSchema.parse(await answer.json()).access_token;
}

/** Nothing listens there: the code is read from the redirect itself. */
const CALLBACK = 'http://127.0.0.1:9/callback';
const REDIRECTS = 10;

/** A person's own access token: authorization code, PKCE, the pre-registered public client. */
export async function personToken(world: World, name: PersonName): Promise<string> {
  const api = await request.newContext();
  try {
    const verifier = randomBytes(32).toString('base64url');
    const code = await authorize(api, world, name, verifier);
    const answer = await fetch(world.started.tokenEndpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: CLI_CLIENT_ID,
        code,
        code_verifier: verifier,
        redirect_uri: CALLBACK,
        resource: world.started.mcp,
      }),
    });
    return tokenSchema.parse(await answer.json()).access_token;
  } finally {
    await api.dispose();
  }
}

async function authorize(
  api: APIRequestContext,
  world: World,
  name: PersonName,
  verifier: string,
): Promise<string> {
  const address = new URL(`${world.started.issuer}/auth`);
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLI_CLIENT_ID,
    redirect_uri: CALLBACK,
    scope: 'openid',
    resource: world.started.mcp,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'e2e',
  }).toString();
  return followToCallback(api, await consentForm(api, world, name, address.href));
}

/** Signs in where an authorization request leads, up to the form that consents to it. */
async function consentForm(
  api: APIRequestContext,
  world: World,
  name: PersonName,
  address: string,
): Promise<string> {
  const consent = await passSignInPage(api, await api.get(address), world.account(name));
  const action = /<form\s+method="post"\s+action="([^"]+\/confirm)"/.exec(
    await consent.text(),
  )?.[1];
  if (action === undefined) throw new Error(`No consent page at ${consent.url()}.`);
  return new URL(action, consent.url()).href;
}

/** What a person does at the address that a client opens in the browser, back to the client. */
export async function signInFor(world: World, name: PersonName, address: string): Promise<void> {
  const api = await request.newContext();
  try {
    const answer = await api.post(await consentForm(api, world, name, address));
    if (!answer.ok()) throw new Error(`The client did not take the sign-in: ${answer.status()}`);
  } finally {
    await api.dispose();
  }
}

async function followToCallback(api: APIRequestContext, confirm: string): Promise<string> {
  let answer: APIResponse = await api.post(confirm, { maxRedirects: 0 });
  for (let step = 0; step < REDIRECTS; step += 1) {
    const next = new URL(answer.headers()['location'] ?? '', answer.url());
    if (next.href.startsWith(CALLBACK)) return next.searchParams.get('code') ?? '';
    answer = await api.get(next.href, { maxRedirects: 0 });
  }
  throw new Error('The sign-in did not come back.');
}

const keysSchema = z.object({
  jwks: z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })).min(1) }),
});

/**
 * A token that the real provider's own key signed, with claims of the test's choice: what a provider
 * would have issued an hour ago, or to somebody else.
 */
export async function signedToken(
  world: World,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { keys } = await providerKeys(world);
  const [jwk] = keys;
  if (jwk === undefined) throw new Error('The identity provider has no key.');
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'at+jwt', kid: jwk.kid })}.${part(claims)}`;
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

async function providerKeys(world: World) {
  const { hostname, port } = new URL(world.started.database);
  const client = new pg.Client({
    host: hostname,
    port: Number(port),
    user: 'postgres',
    password: (await readFile(join(world.home, 'postgres-password'), 'utf8')).trim(),
    database: 'identity',
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ keys: unknown }>('select keys from provider_keys');
    return keysSchema.parse(rows[0]?.keys).jwks;
  } finally {
    await client.end();
  }
}
