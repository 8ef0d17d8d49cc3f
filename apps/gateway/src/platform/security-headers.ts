import type { RequestHandler } from 'express';
import type { Environment } from '../env.ts';

/** On every answer; pages of the console and of the embedded provider bring a policy of their own. */
export function securityHeadersOf(env: Environment): ReadonlyMap<string, string> {
  return new Map([
    ['content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    // Not `no-referrer`: with it, browsers call the origin of a page's own form `null`.
    ['referrer-policy', 'same-origin'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=()'],
    ...(env.secure ? ([['strict-transport-security', 'max-age=31536000']] as const) : []),
  ]);
}

export function securityHeaders(env: Environment): RequestHandler {
  const headers = new Map(securityHeadersOf(env));
  return (_req, res, next) => {
    res.setHeaders(headers);
    next();
  };
}

/** The policy of one console page. Only scripts and styles with this answer's nonce run. */
export function consolePolicy(nonce: string, env: Environment): string {
  const sockets = env.HOLDPOINT_PUBLIC_URL.replace(/^http/, 'ws');
  const issuer = new URL(env.HOLDPOINT_OIDC_ISSUER).origin;
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    // Not every browser counts the origin's own web sockets as 'self'.
    `connect-src 'self' ${sockets}`,
    // Scripts need a nonce, which a worker's address can't have.
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    // The redirect after a form counts too, so the provider must be named.
    `form-action 'self' ${issuer}`,
    "frame-ancestors 'none'",
  ].join('; ');
}
