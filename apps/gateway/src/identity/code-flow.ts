import { errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { provedAt } from './fresh-sign-in.ts';
import { readGroups } from './groups-claim.ts';
import { TOKEN_ALGORITHMS, type Issuer, type IssuerMetadata } from './issuer.ts';
import { askProvider, type ProviderAnswer } from './provider-request.ts';
import { signInFailed } from './sign-in-failure.ts';
import type { FinishedSignIn } from './signed-in-person.ts';

const tokensSchema = z.looseObject({
  access_token: z.string(),
  id_token: z.string(),
  refresh_token: z.string().optional(),
});
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
  const tokens = tokensSchema.safeParse(bodyOf(await askForTokens(metadata, env, form)));
  if (!tokens.success) throw signInFailed('provider_error', tokens.error);
  return tokens.data;
}

/** Asks the token endpoint as the client that this console is (RFC 6749 section 2.3). */
export function askForTokens(
  metadata: IssuerMetadata,
  env: Environment,
  form: URLSearchParams,
): Promise<ProviderAnswer> {
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
  return askProvider(metadata.token_endpoint, { method: 'POST', headers, body: form });
}

/** The person an ID token and its userinfo speak of, after proving both. */
export async function readPerson(
  issuer: Issuer,
  env: Environment,
  tokens: {
    readonly idToken: string;
    readonly accessToken: string;
    readonly refreshToken: string | null;
  },
): Promise<FinishedSignIn> {
  const idClaims = await verifyIdToken(issuer, env, tokens.idToken, ['nonce']);
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
  const person = {
    key: `${issuer.name}|${subject.data}`,
    issuer: issuer.name,
    subject: subject.data,
    name: name ?? email ?? subject.data,
    email,
    groups,
    groupsAt: Date.now(),
    provedAt: provedAt(idClaims['auth_time'], { askedWho: false, nowMs: Date.now() }),
  };
  return { person, sub: idClaims.sub, refreshToken: tokens.refreshToken };
}

/** @throws GatewayError `sign_in_failed`, where the token is not a valid one for this console */
export async function verifyIdToken(
  issuer: Issuer,
  env: Environment,
  idToken: string,
  alsoRequired: readonly string[] = [],
): Promise<JWTPayload & z.infer<typeof claimsSchema>> {
  try {
    const { payload } = await jwtVerify(idToken, await issuer.keys(), {
      issuer: issuer.name,
      audience: env.HOLDPOINT_OIDC_CLIENT_ID,
      algorithms: TOKEN_ALGORITHMS,
      requiredClaims: ['sub', 'iat', 'exp', ...alsoRequired],
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
  const claims = claimsSchema.safeParse(bodyOf(await askUserinfo(address, accessToken)));
  // OpenID Connect Core 5.3.2: else these could be another person's claims.
  if (!claims.success || claims.data.sub !== subject) {
    throw signInFailed('provider_error', claims.error);
  }
  return claims.data;
}

export function askUserinfo(address: string, accessToken: string): Promise<ProviderAnswer> {
  return askProvider(address, {
    headers: { accept: 'application/json', authorization: `Bearer ${accessToken}` },
  });
}

function bodyOf(answer: ProviderAnswer): unknown {
  switch (answer.kind) {
    case 'answered':
      return answer.body;
    case 'refused':
      throw signInFailed('provider_error', answer.cause);
    case 'unreachable':
      throw signInFailed('provider_unavailable', answer.cause);
    default:
      return answer satisfies never;
  }
}

/** RFC 6749 section 2.3.1: both halves are form-encoded first. */
function basic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}
