import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Caller } from '@holdpoint/contracts';
import { findFreePort } from '@holdpoint/testkit';
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWTPayload,
} from 'jose';
import { parseEnvironment, type Environment } from '../env.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { AGENT, startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';
import { BearerTokens } from './bearer-tokens.ts';
import { Issuer } from './issuer.ts';
import { ProtectedResource } from './protected-resource.ts';
import { ServiceIdentities } from './service-identities.ts';

const CONNECTION = 'http://localhost:4999/mcp/demo';

let gateway: GatewayHttp;
let provider: Server;
let issuer: string;
let env: Environment;
let key: CryptoKey;
let strangerKey: CryptoKey;
let tokens: BearerTokens;
let services: ServiceIdentities;

/** A second provider whose keys the test holds, to sign what no honest provider would. */
beforeAll(async () => {
  gateway = await startGatewayHttp();
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  strangerKey = (await generateKeyPair('ES256')).privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };
  const port = await findFreePort();
  issuer = `http://localhost:${port}`;
  provider = createServer((req, res) => {
    const isKeys = req.url === '/keys';
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(isKeys ? { keys: [jwk] } : metadata(issuer)));
  }).listen(port, 'localhost');
  await once(provider, 'listening');
});

afterAll(async () => {
  provider.close();
  await gateway.close();
});

beforeEach(() => {
  env = parseEnvironment({
    ...process.env,
    HOLDPOINT_OIDC_ISSUER: issuer,
    HOLDPOINT_OIDC_AUDIENCES: 'api://holdpoint',
  });
  services = new ServiceIdentities(gateway.app.get(Database), gateway.app.get(ChangeBus), {
    warn: () => undefined,
  } as never);
  tokens = new BearerTokens(env, new Issuer(env), services, new ProtectedResource(env));
});

function metadata(name: string) {
  return {
    issuer: name,
    authorization_endpoint: `${name}/auth`,
    token_endpoint: `${name}/token`,
    jwks_uri: `${name}/keys`,
  };
}

const NOW = () => Math.floor(Date.now() / 1000);

/** `undefined` takes a claim away. */
function claims(changes: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const all = {
    iss: issuer,
    sub: 'sam',
    aud: CONNECTION,
    exp: NOW() + 300,
    client_id: 'cli',
    name: 'Sam',
    groups: ['data-agents'],
    ...changes,
  };
  return JSON.parse(JSON.stringify(all));
}

function sign(payload: JWTPayload, typ = 'at+jwt', signer = key): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'k', typ }).sign(signer);
}

async function refusal(authorization: string | undefined): Promise<GatewayError> {
  const outcome = await tokens.authenticate(authorization, CONNECTION).then(
    (caller) => caller,
    (error: unknown) => error,
  );
  if (outcome instanceof GatewayError) return outcome;
  throw new Error(`Not refused: ${JSON.stringify(outcome)}`);
}

const accepted = (token: string): Promise<Caller> =>
  tokens.authenticate(`Bearer ${token}`, CONNECTION);

describe('a token', () => {
  it('of a person names the person by issuer and claim', async () => {
    expect(await accepted(await sign(claims()))).toEqual({
      key: `${issuer}|sam`,
      issuer,
      subject: 'sam',
      kind: 'person',
      displayName: 'Sam',
      clientId: 'cli',
      groups: ['data-agents'],
      ownerKey: null,
    });
  });

  it('may be for one of the configured audiences', async () => {
    const caller = await accepted(await sign(claims({ aud: ['other', 'api://holdpoint'] })));
    expect(caller.subject).toBe('sam');
  });

  it.each<[string, () => Record<string, unknown>, RegExp]>([
    ['for another connection', () => ({ aud: 'http://localhost:4999/mcp/other' }), /audience/],
    ['without an audience', () => ({ aud: undefined }), /audience/],
    ['of another issuer', () => ({ iss: 'https://evil.example' }), /issuer/],
    ['that has expired', () => ({ exp: NOW() - 60 }), /expired/],
    ['that never expires', () => ({ exp: undefined }), /claims/],
    ['that is not valid yet', () => ({ nbf: NOW() + 120 }), /not valid yet/],
    ['without a subject', () => ({ sub: undefined }), /claims/],
    ['that is an ID token', () => ({ nonce: 'n' }), /ID token/],
    ['that is an ID token without a nonce', () => ({ at_hash: 'h' }), /ID token/],
    ['that is bound to a key', () => ({ cnf: { jkt: 'x' } }), /bound to a key/],
    ['that Keycloak marks as a refresh token', () => ({ typ: 'Refresh' }), /not a bearer/],
    [
      'whose groups are elsewhere',
      () => ({ groups: undefined, _claim_names: { groups: 's' } }),
      /groups/,
    ],
    ['whose groups are no list', () => ({ groups: 'data-agents' }), /groups/],
    ['with too many groups', () => ({ groups: Array.from({ length: 501 }, String) }), /groups/],
  ])('%s is refused', async (_description, changes, message) => {
    const error = await refusal(`Bearer ${await sign(claims(changes()))}`);
    expect(error.code).toBe('unauthenticated');
    expect(error.message).toMatch(message);
  });

  it('signed by nobody or by someone else is refused', async () => {
    // Guarantee: `alg: none` and keys that the issuer doesn't publish prove nothing.
    const none = new UnsecuredJWT(claims()).encode();
    const stranger = await sign(claims(), 'at+jwt', strangerKey);
    const [head = '', , signature = ''] = (await sign(claims())).split('.');
    const body = Buffer.from(JSON.stringify(claims({ sub: 'root' }))).toString('base64url');
    const symmetric = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: 'k' })
      .sign(new TextEncoder().encode('x'.repeat(32)));
    for (const token of [none, stranger, `${head}.${body}.${signature}`, symmetric]) {
      expect((await refusal(`Bearer ${token}`)).code).toBe('unauthenticated');
    }
  });

  it('of a type that is no access token is refused', async () => {
    expect((await refusal(`Bearer ${await sign(claims(), 'logout+jwt')}`)).message).toMatch(/type/);
  });

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic eDp5'],
    ['two words', 'Bearer a b'],
    ['something that is no JWT', 'Bearer abc'],
    ['a huge one', `Bearer ${'a'.repeat(20_000)}`],
  ])('is not %s', async (_description, authorization) => {
    expect((await refusal(authorization)).code).toBe('unauthenticated');
  });

  it('accepted once for one connection is still refused on another', async () => {
    const token = `Bearer ${await sign(claims())}`;
    await tokens.authenticate(token, CONNECTION);
    await expect(tokens.authenticate(token, `${CONNECTION}-2`)).rejects.toThrow(/audience/);
  });
});

describe('a service identity', () => {
  const service = () => claims({ sub: 'robot', client_id: 'robot', name: undefined });

  it('that nobody registered has no owner', async () => {
    expect(await accepted(await sign(service()))).toMatchObject({
      kind: 'service',
      ownerKey: null,
    });
  });

  it('has the owner it is registered with', async () => {
    await gateway.app
      .get(Database)
      .pool.query('insert into service_identity values ($1, $2, $3, $4)', [
        issuer,
        'robot',
        'The robot',
        `${issuer}|sam`,
      ]);
    expect(await accepted(await sign(service()))).toMatchObject({
      kind: 'service',
      displayName: 'The robot',
      ownerKey: `${issuer}|sam`,
    });
  });

  it('is not what a person becomes by using a registered client', async () => {
    // Guarantee: else people would call under an owner who is not theirs, and approve themselves.
    const caller = await accepted(await sign(claims({ client_id: 'robot' })));
    expect(caller).toMatchObject({ kind: 'person', key: `${issuer}|sam`, ownerKey: null });
  });
});

describe('the provider', () => {
  it('that is down is not the caller’s fault', async () => {
    const offline = { ...env, HOLDPOINT_OIDC_ISSUER: 'http://localhost:9' };
    tokens = new BearerTokens(offline, new Issuer(offline), services, new ProtectedResource(env));
    expect((await refusal(`Bearer ${await sign(claims())}`)).code).toBe('issuer_unavailable');
  });

  it('that speaks of another issuer is not believed', async () => {
    const other = { ...env, HOLDPOINT_OIDC_ISSUER: `${issuer}/` };
    tokens = new BearerTokens(other, new Issuer(other), services, new ProtectedResource(env));
    expect((await refusal(`Bearer ${await sign(claims())}`)).code).toBe('issuer_unavailable');
  });
});

describe('the embedded provider', () => {
  it('gives agents tokens that the gateway takes', async () => {
    const answer = await fetch(`${gateway.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${AGENT.clientId}:${AGENT.clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const caller = await gateway.app
      .get(BearerTokens)
      .authenticate(`Bearer ${token}`, `${gateway.publicUrl}/mcp/demo`);
    expect(caller).toMatchObject({ kind: 'service', subject: 'demo-agent', groups: ['agents'] });
  });
});

describe('the endpoint', () => {
  // Guarantee: a proxy's rule for /mcp covers every way in.
  it.each(['MCP', 'Mcp', 'mCP'])('has no other name such as /%s', async (name) => {
    const response = await fetch(`${gateway.publicUrl}/${name}/demo`, { method: 'POST' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.text()).toBe('Sign in first.');
  });
});

describe('a refusal', () => {
  it('says where to get a token, as RFC 9728 has it', async () => {
    const response = await fetch(`${gateway.publicUrl}/mcp/demo`, {
      method: 'POST',
      headers: { authorization: 'Bearer abc' },
    });
    expect(response.status).toBe(401);
    const challenge = response.headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer error="invalid_token", error_description="[^"]+", /);
    const [, document = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    const metadataAnswer = await fetch(document);
    expect(metadataAnswer.headers.get('access-control-allow-origin')).toBe('*');
    expect(metadataAnswer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await metadataAnswer.json()).toMatchObject({
      resource: `${gateway.publicUrl}/mcp/demo`,
      authorization_servers: [gateway.issuer],
      bearer_methods_supported: ['header'],
    });
  });

  // Guarantee: the address that an older client is given leads it to a token for the connection.
  it('leads a stock client of HTTP+SSE to its token', async () => {
    const authProvider = new ClientCredentialsProvider({
      ...AGENT,
      expectedIssuer: gateway.issuer,
    });
    const address = new URL(`${gateway.publicUrl}/mcp/demo/sse`);
    const transport = new SSEClientTransport(address, { authProvider });
    // Authenticated, and then told that there is no such connection here.
    await expect(transport.start()).rejects.toMatchObject({ code: 404 });
    const document = await fetch(
      `${gateway.publicUrl}/.well-known/oauth-protected-resource/mcp/demo/sse`,
    );
    expect(await document.json()).toMatchObject({ resource: `${gateway.publicUrl}/mcp/demo` });
    await transport.close();
  });

  it.each([
    [
      'a connection that doesn’t exist, without saying so',
      'oauth-protected-resource/mcp/nope',
      200,
    ],
    ['a name that can’t be one', 'oauth-protected-resource/mcp/No..Pe', 404],
    ['anything else', 'openid-configuration', 404],
  ])('answers in JSON for %s', async (_description, path, status) => {
    const answer = await fetch(`${gateway.publicUrl}/.well-known/${path}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/json');
  });
});
