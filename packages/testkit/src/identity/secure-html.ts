import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/**
 * Sets the headers and gives the body of a page under a policy that allows nothing but its own style and script.
 *
 * @param formTargets - Origins a form's answer may redirect to: browsers apply `form-action` to the
 *   whole chain of redirects, back to the client's own address.
 */
export function secureHtml(
  res: ServerResponse,
  render: (nonce: string) => string,
  formTargets: readonly string[] = [],
): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
  res.setHeader('content-security-policy', policy);
  res.setHeader('content-type', 'text/html; charset=utf-8');
  res.setHeader('cache-control', 'no-store');
  res.setHeader('x-content-type-options', 'nosniff');
  res.setHeader('referrer-policy', 'no-referrer');
  return render(nonce);
}
