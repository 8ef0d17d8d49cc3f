import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { requestId } from '../platform/request-id.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { isSignInFailure, type SignInFailure } from './sign-in-failure.ts';

const detailsSchema = z.object({ reason: z.custom<SignInFailure>(isSignInFailure) });

/** A person who can't sign in gets a page that says why, never JSON. */
@Catch()
export class SignInFailedFilter implements ExceptionFilter {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const res = host.switchToHttp().getResponse<Response>();
    const code = reasonOf(error);
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    this.logger.warn({ requestId: requestId(res), code, error: String(cause) }, 'a sign-in failed');
    if (res.headersSent) return;
    res.redirect(`${this.env.HOLDPOINT_PUBLIC_URL}/sign-in-failed?code=${code}`);
  }
}

function reasonOf(error: unknown): SignInFailure {
  if (!(error instanceof GatewayError)) return 'failed';
  if (error.code === 'issuer_unavailable') return 'provider_unavailable';
  return detailsSchema.safeParse(error.details).data?.reason ?? 'failed';
}
