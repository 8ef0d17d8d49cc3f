import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

interface WithLocals {
  readonly locals: Record<string, unknown>;
}

/** Ties what a person saw to the lines of the log. Never taken from the request. */
export const assignRequestId: RequestHandler = (_req, res, next) => {
  const id = randomUUID();
  res.locals['requestId'] = id;
  res.setHeader('x-request-id', id);
  next();
};

export function requestId(res: WithLocals): string {
  return String(res.locals['requestId'] ?? '');
}
