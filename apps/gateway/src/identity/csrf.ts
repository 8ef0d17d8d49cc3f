import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { GatewayError } from '../platform/gateway.error.ts';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

type Checked = Pick<Request, 'method' | 'headers'>;

/**
 * A write must come from the console's own page: the browser says so (`Origin`, or `Sec-Fetch-Site`
 * where it sends no origin), and the page knows the session's token.
 */
export function requireOwnPage(
  { method, headers }: Checked,
  csrfToken: string | undefined,
  publicUrl: string,
): void {
  if (SAFE_METHODS.has(method)) return;
  const { origin } = headers;
  const sameOrigin =
    origin === undefined ? headers['sec-fetch-site'] === 'same-origin' : origin === publicUrl;
  if (!sameOrigin) throw refused('The request does not come from the console’s own page.');
  const given = headers['x-csrf-token'];
  if (typeof given !== 'string' || csrfToken === undefined || !equal(given, csrfToken)) {
    throw refused('The page’s CSRF token is missing or out of date. Reload the page.');
  }
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function refused(message: string): GatewayError {
  return new GatewayError('csrf', message);
}
