import type { ServerResponse } from 'node:http';
import type { ApiError } from '@holdpoint/contracts';
import type { GatewayError } from './gateway.error.ts';

/** The one JSON shape of a refusal outside the MCP endpoint. */
function apiError({ code, message, fields, details }: GatewayError): ApiError {
  return {
    error: {
      code,
      message,
      ...(fields === undefined ? {} : { fields }),
      ...(details === undefined ? {} : { details }),
    },
  };
}

export function sendApiError(
  res: ServerResponse,
  error: GatewayError,
  headers: Readonly<Record<string, string>> = {},
): void {
  res
    .writeHead(error.httpStatus, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    .end(JSON.stringify(apiError(error)));
}
