import {
  errors,
  type Account,
  type Configuration,
  type Client,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import type { Pool } from 'pg';
import { findPerson } from './changeable-directory.ts';
import { isLoopbackUrl, staticClients, validateRegistration } from './clients.ts';
import type { Person } from './directory.ts';
import type { IdentityProviderOptions } from './identity-provider.ts';
import { logoutPage, messagePage } from './pages.ts';
import { createPostgresAdapter } from './postgres-adapter.ts';
import type { ProviderKeys } from './provider-keys.ts';
import { secureHtml } from './secure-html.ts';

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/** Everything `oidc-provider` is told; the pages themselves are in `interactions.ts`. */
export function providerConfiguration(
  options: IdentityProviderOptions,
  pool: Pool,
  keys: ProviderKeys,
): Configuration {
  const isConsole = (client: Client | undefined) => client?.clientId === options.console.clientId;
  return {
    adapter: (model: string) => createPostgresAdapter(pool, model),
    jwks: keys.jwks,
    cookies: cookies(options, keys),
    clients: staticClients(options.publicUrl, options.console, options.agents),
    clientBasedCORS: (_ctx, origin) => isLoopbackUrl(origin),
    extraClientMetadata: { properties: ['groups'], validator: validateRegistration },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub'],
      profile: ['name'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    // The console reads groups from the ID token as well as from userinfo.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    responseTypes: ['code'],
    ttl: {
      AccessToken: HOUR_S,
      ClientCredentials: HOUR_S,
      IdToken: HOUR_S,
      Interaction: HOUR_S,
      RefreshToken: 30 * DAY_S,
      Grant: 30 * DAY_S,
      Session: 7 * DAY_S,
    },
    findAccount: async (_ctx, sub) => toAccount(await findPerson(pool, options.people, sub)),
    extraTokenClaims: async (_ctx, token) =>
      token.kind === 'AccessToken'
        ? personClaims(await findPerson(pool, options.people, token.accountId))
        : { groups: token.client?.['groups'] ?? [] },
    issueRefreshToken: (_ctx, client) => Promise.resolve(client.grantTypeAllowed('refresh_token')),
    // As strict as any provider: a refresh token works once, and a second use ends the whole sign-in.
    rotateRefreshToken: true,
    loadExistingGrant: (ctx) =>
      isConsole(ctx.oidc.client) ? grantConsole(ctx) : findRememberedGrant(ctx),
    interactions: { url: (_ctx, interaction) => `/oidc/interaction/${interaction.uid}` },
    renderError: (ctx, out) => {
      const text = `${out.error}: ${out['error_description'] ?? 'the sign-in could not go on'}`;
      ctx.body = secureHtml(ctx.res, (nonce) => messagePage(nonce, 'Sign-in failed', text));
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      registration: { enabled: true, initialAccessToken: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          const render = (nonce: string) => logoutPage(nonce, form);
          ctx.body = secureHtml(ctx.res, render, [options.publicUrl]);
        },
        postLogoutSuccessSource: (ctx) => {
          const text = 'You are signed out of the demo identity provider.';
          ctx.body = secureHtml(ctx.res, (nonce) => messagePage(nonce, 'Signed out', text));
        },
      },
      resourceIndicators: {
        enabled: true,
        // With a default resource the console's own tokens would no longer open userinfo.
        defaultResource: (_ctx, client, oneOf) =>
          isConsole(client) ? [] : (oneOf?.[0] ?? options.demoConnectionUrl),
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => connectionResource(options.publicUrl, resource),
      },
    },
  };
}

function cookies(options: IdentityProviderOptions, keys: ProviderKeys): Configuration['cookies'] {
  const name = (role: string) => `holdpoint_${options.instance}_idp_${role}`;
  return {
    keys: keys.cookieKeys,
    // Cookies ignore ports: without the instance in the name, two stacks would log each other out.
    names: { session: name('session'), interaction: name('interaction'), resume: name('resume') },
    long: { signed: true, httpOnly: true, sameSite: 'lax', path: '/oidc' },
    short: { signed: true, httpOnly: true, sameSite: 'lax' },
  };
}

function connectionResource(publicUrl: string, resource: string): ResourceServer {
  const slug =
    resource.startsWith(`${publicUrl}/mcp/`) && resource.slice(`${publicUrl}/mcp/`.length);
  if (slug === false || !/^[a-z0-9][a-z0-9-]*$/.test(slug)) throw new errors.InvalidTarget();
  return {
    scope: 'mcp',
    audience: resource,
    accessTokenFormat: 'jwt',
    accessTokenTTL: HOUR_S,
    jwt: { sign: { alg: 'RS256' } },
  };
}

function toAccount(person: Person | undefined): Account | undefined {
  if (person === undefined) return undefined;
  const { sub } = person;
  return { accountId: sub, claims: () => ({ sub, email_verified: true, ...personClaims(person) }) };
}

function personClaims(person: Person | undefined) {
  if (person === undefined) return undefined;
  return { name: person.name, email: person.email, groups: person.groups };
}

/** The console is ours: nobody is asked whether it may know who they are. */
async function grantConsole(ctx: KoaContextWithOIDC) {
  const { client, session, provider } = ctx.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile email groups');
  await grant.save();
  return grant;
}

async function findRememberedGrant(ctx: KoaContextWithOIDC) {
  const { client, session, provider, result } = ctx.oidc;
  const grantId =
    result?.consent?.grantId ??
    (client === undefined ? undefined : session?.grantIdFor(client.clientId));
  return grantId === undefined ? undefined : provider.Grant.find(grantId);
}
