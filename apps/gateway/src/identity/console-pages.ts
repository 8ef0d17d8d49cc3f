import type { RequestHandler } from 'express';
import type { Environment } from '../env.ts';
import { personOf } from './console-session.ts';

/** Next's own files and anything with an extension: the same bytes for everyone, nothing secret. */
const STATIC = /^\/_next\/|\/[^/]+\.[a-z0-9]{2,5}$/i;
const OPEN_PAGES: ReadonlySet<string> = new Set(['/sign-in-failed']);
/** Answered by Nest. What it doesn't know is a JSON 404 there, not a page. */
const NOT_THE_CONSOLE = /^\/(?:api|auth|healthz|readyz)(?:\/|$)/;

export function isConsolePath(path: string): boolean {
  return !NOT_THE_CONSOLE.test(path);
}

export function isOpenPath(path: string): boolean {
  return STATIC.test(path) || OPEN_PAGES.has(path);
}

/** Sends a person who isn't signed in to the provider, and afterwards back to the page asked for. */
export function requireSignInForPages(env: Environment): RequestHandler {
  return (req, res, next) => {
    if (isOpenPath(req.path) || personOf(req.session, env, Date.now()) !== undefined) return next();
    const isNavigation =
      req.headers['sec-fetch-mode'] === 'navigate' || req.accepts(['json', 'html']) === 'html';
    if (req.method === 'GET' && isNavigation && req.headers['rsc'] === undefined) {
      res.redirect(302, `/auth/login?return=${encodeURIComponent(req.originalUrl)}`);
      return;
    }
    // Next's router fetches pages too; a refusal makes it navigate, a redirect it can't follow.
    res.status(401).type('text/plain').send('Sign in first.');
  };
}
