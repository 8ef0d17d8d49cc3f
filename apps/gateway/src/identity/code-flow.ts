import { errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { readGroups } from './groups-claim.ts';
import { TOKEN_ALGORITHMS, type Issuer, type IssuerMetadata } from './issuer.ts';
import { signInFailed } from './sign-in-failure.ts';
import type { StoredSignIn } from './signed-in-person.ts';

const TIMEOUT_MS = 10_000;
const tokensSchema = z.looseObject({ access_token: z.string(), id_token: z.string() });
const claimsSchema = z.looseObject({ sub: z.string() });
const nameSchema = z.string().trim().min(1).max(200);

/** Exchanges a code for tokens (RFC 6749 section 4.1.3) with the PKCE verifier. */
export async function redeemCode(
  metadata: IssuerMetadata,
  env: Environment,
  { code, codeVerifier }: { readonly code: string; readonly codeVerifier: string },
): Promise<z.infer<typeof tokensSchema>> {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    code_verifier: codeVerifier,
    redirect_uri: `${env.HOLDPOINT_PUBLIC_URL}/auth/callback`,
  });
  const headers: Record<string, string> = { accept: 'application/json' };
  const methods = metadata.token_endpoint_auth_methods_supported;
  if (methods.includes('client_secret_basic') || !methods.includes('client_secret_post')) {
    headers['authorization'] = basic(
      env.HOLDPOINT_OIDC_CLIENT_ID,
      env.HOLDPOINT_OIDC_CLIENT_SECRET,
    );
  } else {
    form.set('client_id', env.HOLDPOINT_OIDC_CLIENT_ID);
    form.set('client_secret', env.HOLDPOINT_OIDC_CLIENT_SECRET);
  }
  const answer = await ask(metadata.token_endpoint, { method: 'POST', headers, body: form });
  const tokens = tokensSchema.safeParse(answer);
  if (!tokens.success) throw signInFailed('provider_error', tokens.error);
  return tokens.data;
}

/** The person an ID token and its userinfo speak of, after proving both. */
export async function readPerson(
  issuer: Issuer,
  env: Environment,
  tokens: { readonly idToken: string; readonly accessToken: string },
): Promise<StoredSignIn> {
  const idClaims = await verifyIdToken(issuer, env, tokens.idToken);
  const claims = { ...idClaims, ...(await readUserinfo(issuer, tokens.accessToken, idClaims.sub)) };
  // Identity comes from the signed token alone; userinfo only adds names and groups.
  const subject = z.string().min(1).max(255).safeParse(idClaims[env.HOLDPOINT_OIDC_PERSON_CLAIM]);
  if (!subject.success) throw signInFailed('no_person_claim');
  const groups = readGroups(claims, env.HOLDPOINT_OIDC_GROUPS_CLAIM);
  if (groups === undefined) throw signInFailed('groups_unreadable');
  const email = nameSchema.safeParse(claims['email']).data ?? null;
  const name =
    nameSchema.safeParse(claims['name']).data ??
    nameSchema.safeParse(claims['preferred_username']).data;
  return {
    key: `${issuer.name}|${subject.data}`,
    issuer: issuer.name,
    subject: subject.data,
    name: name ?? email ?? subject.data,
    email,
    groups,
    groupsAt: Date.now(),
  };
}

async function verifyIdToken(
  issuer: Issuer,
  env: Environment,
  idToken: string,
): Promise<JWTPayload & z.infer<typeof claimsSchema>> {
  try {
    const { payload } = await jwtVerify(idToken, await issuer.keys(), {
      issuer: issuer.name,
      audience: env.HOLDPOINT_OIDC_CLIENT_ID,
      algorithms: TOKEN_ALGORITHMS,
      requiredClaims: ['sub', 'iat', 'exp', 'nonce'],
      clockTolerance: 30,
    });
    return { ...payload, ...claimsSchema.parse(payload) };
  } catch (cause) {
    if (cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout)) {
      throw signInFailed('token_refused', cause);
    }
    throw cause;
  }
}

async function readUserinfo(
  issuer: Issuer,
  accessToken: string,
  subject: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { userinfo_endpoint: address } = await issuer.metadata();
  if (address === undefined) return {};
  const answer = await ask(address, {
    headers: { accept: 'application/json', authorization: `Bearer ${accessToken}` },
  });
  const claims = claimsSchema.safeParse(answer);
  // OpenID Connect Core 5.3.2: else these could be another person's claims.
  if (!claims.success || claims.data.sub !== subject) {
    throw signInFailed('provider_error', claims.error);
  }
  return claims.data;
}

async function ask(address: string, init: RequestInit): Promise<unknown> {
  try {
    const answer = await fetch(address, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await answer.json();
    if (!answer.ok) throw signInFailed('provider_error', new Error(refusal(address, answer, body)));
    return body;
  } catch (error) {
    if (error instanceof Error && error.name === 'GatewayError') throw error;
    throw signInFailed('provider_unavailable', error);
  }
}

/** For the log: the provider's own words, which carry no token. */
function refusal(address: string, answer: Response, body: unknown): string {
  const words = z
    .object({ error: z.string(), error_description: z.string().default('') })
    .safeParse(body);
  const said = words.success ? `${words.data.error} ${words.data.error_description}` : '';
  return `${address} answered ${answer.status} ${said}`.trim();
}

/** RFC 6749 section 2.3.1: both halves are form-encoded first. */
function basic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}
