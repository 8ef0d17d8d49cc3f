import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { STRATEGY, type SignInStep } from './openid.strategy.ts';
import { returnAddress } from './return-address.ts';
import { signInFailed } from './sign-in-failure.ts';

/** Leaves for the provider; the response is passport's redirect. */
@Injectable()
export class StartSignIn extends AuthGuard(STRATEGY) {
  constructor(@Inject(ENVIRONMENT) private readonly env: Environment) {
    super();
  }

  override getAuthenticateOptions(context: ExecutionContext): SignInStep {
    const { query, session } = context.switchToHttp().getRequest<Request>();
    const returnTo = returnAddress(query['return'], this.env.HOLDPOINT_PUBLIC_URL);
    // `fresh` is for what takes more than a session: the provider's own session must not do, either.
    const askWho = session.askWho === true || query['fresh'] !== undefined;
    return { step: 'start', returnTo, askWho };
  }

  override handleRequest<User>(error: unknown, user: User | false): User {
    return finishedOrFailed(error, user);
  }
}

/** Takes the provider's answer; afterwards the request carries who signed in. */
@Injectable()
export class FinishSignIn extends AuthGuard(STRATEGY) {
  override getAuthenticateOptions(): SignInStep {
    return { step: 'finish' };
  }

  override handleRequest<User>(error: unknown, user: User | false): User {
    return finishedOrFailed(error, user);
  }
}

function finishedOrFailed<User>(error: unknown, user: User | false): User {
  if (error instanceof GatewayError) throw error;
  if (error) throw signInFailed('failed', error);
  // Passport refuses without an error where a claim of the ID token does not fit.
  if (user === false) throw signInFailed('token_refused');
  return user;
}
