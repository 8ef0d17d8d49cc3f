const MAX_LENGTH = 2000;
/** Nothing of these is a page that a person returns to. */
const NOT_A_PAGE = /^\/(?:auth|api|oidc|mcp|live|\.well-known)(?:\/|$)/;

/**
 * Where a sign-in leads back to: a path of this origin, or `/`. The parameter comes from whoever
 * made the link, so it is resolved as a browser would, and the result is what is checked.
 */
export function returnAddress(asked: unknown, publicUrl: string): string {
  if (typeof asked !== 'string' || asked.length > MAX_LENGTH || !asked.startsWith('/')) return '/';
  const url = URL.parse(asked, publicUrl);
  if (url === null || url.origin !== new URL(publicUrl).origin) return '/';
  // `/.//evil.example` resolves to a path that a browser would read as another host.
  if (url.pathname.startsWith('//') || NOT_A_PAGE.test(url.pathname)) return '/';
  return url.pathname + url.search + url.hash;
}
