/** The package ships no types; these are the parts that the sign-in uses, read from its 0.1.2 source. */
declare module 'passport-openidconnect' {
  import type { Request } from 'express';

  type TokensDone = (
    error: unknown,
    accessToken?: string,
    refreshToken?: string,
    params?: Readonly<Record<string, unknown>>,
  ) => void;

  interface OAuth2Client {
    _authorizeUrl: string;
    getOAuthAccessToken(
      code: string,
      params: Readonly<Record<string, string>>,
      done: TokensDone,
    ): void;
  }

  interface StrategyOptions {
    issuer: string;
    authorizationURL: string;
    tokenURL: string;
    clientID: string;
    clientSecret: string;
    callbackURL: string;
    scope: readonly string[];
    nonce: boolean;
    skipUserProfile: boolean;
    store: object;
  }

  class Strategy {
    constructor(options: StrategyOptions, verify: (...args: unknown[]) => void);
    protected _oauth2: OAuth2Client;
    authenticate(req: Request, options?: object): void;
    authorizationParams(options: object): Record<string, string>;
    /** Given by passport, to the copy of a strategy that it makes per request. */
    error(error: unknown): void;
  }

  export { Strategy, type OAuth2Client, type StrategyOptions };
}
