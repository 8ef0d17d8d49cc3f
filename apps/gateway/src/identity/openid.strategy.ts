import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy, type OAuth2Client } from 'passport-openidconnect';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { FRESH_MS } from './fresh-sign-in.ts';
import { redeemCode, readPerson } from './code-flow.ts';
import { Issuer, type IssuerMetadata } from './issuer.ts';
import { pendingSignIn, PendingSignIns, type StartedSignIn } from './pending-sign-ins.ts';
import { signInFailed } from './sign-in-failure.ts';
import type { FinishedSignIn } from './signed-in-person.ts';

export const STRATEGY = 'openid';

/** What a route tells the strategy to do. */
export type SignInStep =
  | { readonly step: 'start'; readonly returnTo: string; readonly askWho: boolean }
  | { readonly step: 'finish' };

/** ATTACKER-CONTROLLED: anyone can call the callback. A repeated parameter is refused with the rest. */
const callbackSchema = z.looseObject({
  code: z.string().max(4096).optional(),
  state: z.string().max(200).optional(),
  iss: z.string().max(2000).optional(),
  error: z.string().max(200).optional(),
});

/**
 * With `offline_access` where the provider has it: most give a refresh token only then, and without one
 * every verdict after a few minutes takes a new sign-in. Passport adds `openid` itself.
 */
function scopesFor(metadata: IssuerMetadata, env: Environment): readonly string[] {
  const asked = new Set(env.HOLDPOINT_OIDC_SCOPES.split(/\s+/).filter((scope) => scope !== ''));
  if (env.HOLDPOINT_OIDC_OFFLINE_ACCESS && metadata.scopes_supported.includes('offline_access')) {
    asked.add('offline_access');
  }
  asked.delete('openid');
  return [...asked];
}

/**
 * The code flow of `passport-openidconnect`, with what it leaves out: endpoints discovered at the
 * first sign-in, PKCE (RFC 7636), the `iss` of the answer (RFC 9207), the ID token's signature, and
 * userinfo that must speak of the same subject.
 *
 * Passport works on a copy of the strategy per request (`Object.create`): assigning to `this` in
 * `authenticate` touches one sign-in only, and `#private` members would not exist on the copy.
 */
@Injectable()
export class OpenIdStrategy extends PassportStrategy<
  typeof Strategy,
  FinishedSignIn,
  FinishedSignIn
>(Strategy, STRATEGY, 9) {
  private readonly env: Environment;
  private readonly issuer: Issuer;

  constructor(@Inject(ENVIRONMENT) env: Environment, issuer: Issuer) {
    super({
      issuer: env.HOLDPOINT_OIDC_ISSUER,
      // Replaced by what discovery finds, before each use.
      authorizationURL: env.HOLDPOINT_OIDC_ISSUER,
      tokenURL: env.HOLDPOINT_OIDC_ISSUER,
      clientID: env.HOLDPOINT_OIDC_CLIENT_ID,
      clientSecret: env.HOLDPOINT_OIDC_CLIENT_SECRET,
      callbackURL: `${env.HOLDPOINT_PUBLIC_URL}/auth/callback`,
      // Replaced by `scopesFor`, before each use.
      scope: [],
      nonce: true,
      // Its own userinfo request ends the process when the answer is not JSON.
      skipUserProfile: true,
      store: new PendingSignIns(),
    });
    this.env = env;
    this.issuer = issuer;
  }

  override authenticate(req: Request, options: SignInStep): void {
    const work = options.step === 'start' ? this.start(req, options) : this.finish(req);
    work.catch((error: unknown) => this.error(error));
  }

  override authorizationParams(options: {
    readonly codeChallenge?: string;
    readonly prompt?: string;
  }) {
    if (options.codeChallenge === undefined) throw new Error('A sign-in was started without PKCE.');
    return {
      code_challenge: options.codeChallenge,
      code_challenge_method: 'S256',
      // With it the provider has to say when the person signed in (OpenID Connect Core 3.1.2.1).
      ...(options.prompt === 'login' ? { max_age: String(FRESH_MS / 1000) } : {}),
    };
  }

  /** Called by passport with an ID token whose issuer, audience, expiry and nonce it has compared. */
  validate(
    _issuer: string,
    _uiProfile: unknown,
    _idProfile: unknown,
    _context: unknown,
    idToken: string,
    accessToken: string,
    refreshToken?: string,
  ): Promise<FinishedSignIn> {
    return readPerson(this.issuer, this.env, {
      idToken,
      accessToken,
      refreshToken: refreshToken ?? null,
    });
  }

  private async start(req: Request, { returnTo, askWho }: SignInStep & { step: 'start' }) {
    const metadata = await this.issuer.metadata();
    this.useEndpoints(metadata);
    const codeVerifier = randomBytes(32).toString('base64url');
    const state: StartedSignIn = { codeVerifier, returnTo, askedWho: askWho };
    // Passport takes a `code` in the query for a callback, on whatever route it comes.
    const withoutQuery: Request = Object.create(req, { query: { value: {} } });
    super.authenticate(withoutQuery, {
      state,
      codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      ...(askWho ? { prompt: 'login' } : {}),
      scope: scopesFor(metadata, this.env),
    });
  }

  private async finish(req: Request) {
    const metadata = await this.issuer.metadata();
    const answer = callbackSchema.safeParse(req.query).data;
    if (answer === undefined) throw signInFailed('bad_answer');
    const issRequired = metadata.authorization_response_iss_parameter_supported;
    if (answer.iss === undefined ? issRequired : answer.iss !== this.issuer.name) {
      throw signInFailed('wrong_issuer');
    }
    if (answer.error !== undefined) {
      throw signInFailed(answer.error === 'access_denied' ? 'refused' : 'provider_error');
    }
    if (answer.code === undefined || answer.state === undefined) throw signInFailed('bad_answer');
    const pending = pendingSignIn(req, answer.state);
    if (pending === undefined) throw signInFailed('unknown_state');
    this.useEndpoints(metadata, pending.codeVerifier);
    super.authenticate(req, {});
  }

  /** Gives this request's copy of the strategy an OAuth client of its own. */
  private useEndpoints(metadata: IssuerMetadata, codeVerifier?: string): void {
    const redeem: OAuth2Client['getOAuthAccessToken'] = (code, _params, done) => {
      if (codeVerifier === undefined) throw new Error('A code without its sign-in.');
      redeemCode(metadata, this.env, { code, codeVerifier })
        .then((tokens) => done(null, tokens.access_token, tokens.refresh_token, tokens))
        .catch((error: unknown) => this.error(error));
    };
    const client: OAuth2Client = Object.create(this._oauth2);
    client._authorizeUrl = metadata.authorization_endpoint;
    client.getOAuthAccessToken = redeem;
    this._oauth2 = client;
  }
}
