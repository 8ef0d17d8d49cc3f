import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@holdpoint/contracts';
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { readAccessToken, tokenRefused, type AccessToken } from './access-token.ts';
import { Issuer, TOKEN_ALGORITHMS } from './issuer.ts';
import { ProtectedResource } from './protected-resource.ts';
import { ServiceIdentities } from './service-identities.ts';
import { TokenCache } from './token-cache.ts';

const MAX_TOKEN_LENGTH = 16_384;
const CLOCK_SKEW_S = 30;
const MAX_NAME_LENGTH = 200;
/** RFC 6750 section 2.1; the scheme's case doesn't matter. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

const challengeSchema = z.object({
  error: z.literal('invalid_token'),
  error_description: z.string(),
});

/** The MCP endpoint's authentication: OAuth 2.1 access tokens as JWTs of the configured issuer. */
@Injectable()
export class BearerTokens {
  readonly #cache = new TokenCache();

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly issuer: Issuer,
    private readonly services: ServiceIdentities,
    private readonly resource: ProtectedResource,
  ) {}

  /**
   * Who calls. `connectionUrl` is the audience the token must be for.
   *
   * @throws GatewayError `unauthenticated` (answer with `wwwAuthenticate`), `issuer_unavailable`
   */
  async authenticate(authorization: string | undefined, connectionUrl: string): Promise<Caller> {
    const jwt = bearerOf(authorization);
    const key = TokenCache.key(jwt, connectionUrl);
    const known = this.#cache.get(key, Date.now());
    const token = known ?? (await this.#verify(jwt, connectionUrl));
    if (known === undefined) this.#cache.set(key, token, Date.now());
    return this.#toCaller(token);
  }

  /** The `WWW-Authenticate` that goes with a refusal. */
  wwwAuthenticate(slug: string, refusal?: GatewayError): string {
    if (refusal?.code === 'insufficient_scope') {
      const challenge = { error: refusal.code, description: refusal.message };
      return this.resource.wwwAuthenticate(slug, challenge);
    }
    const details = challengeSchema.safeParse(refusal?.details).data;
    return this.resource.wwwAuthenticate(
      slug,
      details && { error: details.error, description: details.error_description },
    );
  }

  async #verify(jwt: string, connectionUrl: string): Promise<AccessToken> {
    const keys = await this.issuer.keys();
    try {
      const { payload, protectedHeader } = await jwtVerify(jwt, keys, {
        issuer: this.issuer.name,
        audience: [connectionUrl, ...this.env.HOLDPOINT_OIDC_AUDIENCES],
        algorithms: TOKEN_ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_SKEW_S,
      });
      return readAccessToken(protectedHeader, payload, this.env);
    } catch (error) {
      throw error instanceof GatewayError ? error : explain(error);
    }
  }

  async #toCaller(token: AccessToken): Promise<Caller> {
    const issuer = this.issuer.name;
    // A client id names a service only where the token is the client's own: people use clients too.
    const names = [token.subject, ...(token.isService && token.clientId ? [token.clientId] : [])];
    const registered = await this.services.find(issuer, names);
    const isService = token.isService || registered !== undefined;
    // INVARIANT: the key is built from the same claim as a reviewer's, so that nobody approves their own call.
    const subject = token.person ?? (isService ? token.subject : undefined);
    if (subject === undefined) {
      const claim = this.env.HOLDPOINT_OIDC_PERSON_CLAIM;
      throw tokenRefused(`The token lacks the claim ${claim}, which identifies people here.`);
    }
    const name = registered?.title ?? (isService ? token.clientId : token.name) ?? token.subject;
    return {
      key: `${issuer}|${subject}`,
      issuer,
      subject,
      kind: isService ? 'service' : 'person',
      displayName: name.slice(0, MAX_NAME_LENGTH),
      clientId: token.clientId,
      groups: [...token.groups],
      ownerKey: registered?.ownerKey ?? null,
    };
  }
}

function bearerOf(authorization: string | undefined): string {
  if (authorization === undefined) {
    // No `error`: RFC 6750 section 3.1 leaves it out where no token was shown.
    throw new GatewayError('unauthenticated', 'An access token is needed: sign the agent in.');
  }
  const jwt = BEARER.exec(authorization)?.[1];
  if (jwt === undefined || jwt.length > MAX_TOKEN_LENGTH) {
    throw tokenRefused('The Authorization header holds no bearer token.');
  }
  return jwt;
}

/** Says which check failed, in words that help whoever configures the provider. */
function explain(error: unknown): GatewayError {
  if (error instanceof errors.JWTExpired) return tokenRefused('The token has expired.', error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    const text = {
      aud: 'The token is for another audience: ask for one with this connection’s URL as its resource.',
      iss: 'The token comes from another issuer.',
      nbf: 'The token is not valid yet.',
    };
    const claim = error.claim;
    const known = claim === 'aud' || claim === 'iss' || claim === 'nbf' ? text[claim] : undefined;
    return tokenRefused(known ?? 'One of the token’s claims is missing or wrong.', error);
  }
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    const message = 'The OpenID provider’s keys could not be read, so no token can be checked.';
    return new GatewayError('issuer_unavailable', message, { cause: error });
  }
  return tokenRefused('The token is not a JWT signed by the configured provider.', error);
}
