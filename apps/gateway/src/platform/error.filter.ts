import {
  Catch,
  HttpException,
  Inject,
  Injectable,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { ErrorCode } from '@holdpoint/contracts';
import type { Request, Response } from 'express';
import { sendApiError } from './api-error.ts';
import { isDatabaseUnavailable } from './database-unavailable.ts';
import { GatewayError } from './gateway.error.ts';
import type { Logger } from './logger.ts';
import { sendProblemPage } from './problem-page.ts';
import { requestId } from './request-id.ts';
import { LOGGER } from './tokens.ts';

/** Refusals by Nest and by Express's own parsers have a status only. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_input',
  401: 'not_signed_in',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

const TEXT_OF_CODE: Partial<Record<ErrorCode, string>> = {
  invalid_input: 'The request can’t be read: its body must be valid JSON.',
  not_found: 'There is nothing at this address.',
  body_too_large: 'The request body is larger than 4 MB.',
};

/** Whatever was thrown becomes one JSON shape with a stable code. Stacks go to the log only. */
@Catch()
@Injectable()
export class ApiErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw thrown;
    const req = host.switchToHttp().getRequest<Request>();
    const res = host.switchToHttp().getResponse<Response>();
    const error = toGatewayError(thrown);
    this.#log(error, thrown, req, res);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    // A page navigation that fails before the console is asked, e.g. without a database.
    if (!req.path.startsWith('/api/') && req.accepts(['json', 'html']) === 'html') {
      sendProblemPage(res, error.httpStatus, 'This page can’t be shown right now', error.message);
      return;
    }
    sendApiError(res, error);
  }

  #log(error: GatewayError, thrown: unknown, req: Request, res: Response): void {
    const line = {
      requestId: requestId(res),
      method: req.method,
      path: req.path,
      code: error.code,
    };
    if (error.httpStatus < 500) this.logger.debug(line, 'a request was refused');
    else this.logger.error({ ...line, error: thrown }, 'a request failed');
  }
}

export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (isDatabaseUnavailable(thrown)) {
    const message = 'The gateway’s database can’t be reached. Nothing was changed; try again soon.';
    return new GatewayError('database_unavailable', message, { cause: thrown });
  }
  const status = statusOf(thrown);
  const code = (status === undefined ? undefined : CODE_OF_STATUS[status]) ?? 'internal';
  const message =
    code === 'internal'
      ? 'Something went wrong inside the gateway. Its log has the details under this request’s id.'
      : (TEXT_OF_CODE[code] ?? 'The request was refused.');
  return new GatewayError(code, message, { cause: thrown });
}

function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (!(thrown instanceof Error) || !('status' in thrown)) return undefined;
  // Only http-errors of Express's parsers; any other error's `status` means something else.
  return 'expose' in thrown && typeof thrown.status === 'number' ? thrown.status : undefined;
}
