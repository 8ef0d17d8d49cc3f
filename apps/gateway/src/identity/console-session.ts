import { randomBytes } from 'node:crypto';
import pgSession from 'connect-pg-simple';
import type { RequestHandler } from 'express';
import session, { type SessionData } from 'express-session';
import type { Environment } from '../env.ts';
import type { Database } from '../platform/database.ts';
import type { Envelope } from '../platform/envelope.ts';
import type { Logger } from '../platform/logger.ts';
import type { PendingSignIn } from './pending-sign-ins.ts';
import { rolesOf } from './roles.ts';
import { SIGN_IN_LIFETIME_MS, type SignedInPerson, type StoredSignIn } from './signed-in-person.ts';

declare module 'express-session' {
  interface SessionData {
    signedIn?: StoredSignIn;
    csrfToken?: string;
    pendingSignIns?: Record<string, PendingSignIn>;
    /** Set by signing out: the provider must ask who it is, or it would sign the same person in again. */
    askWho?: boolean;
  }
}

const IDLE_MS = 2 * 60 * 60 * 1000;

/** The one session middleware that HTTP routes and sockets share. */
export function createConsoleSession(
  env: Environment,
  database: Database,
  envelope: Envelope,
  logger: Logger,
): RequestHandler {
  const Store = pgSession(session);
  return session({
    name: sessionCookieName(env),
    secret: envelope.mac('console-session-cookie', env.HOLDPOINT_INSTANCE),
    store: new Store({
      pool: database.pool,
      tableName: 'console_session',
      createTableIfMissing: false,
      errorLog: (...parts: unknown[]) =>
        logger.warn({ error: parts.map(String).join(' ') }, 'the session store failed'),
    }),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: { httpOnly: true, sameSite: 'lax', secure: env.secure, maxAge: IDLE_MS, path: '/' },
  });
}

/** Carries the instance: cookies ignore ports, and two instances on one machine share `localhost`. */
function sessionCookieName(env: Environment): string {
  return `${env.secure ? '__Host-' : ''}hp_${env.HOLDPOINT_INSTANCE}`;
}

export function newCsrfToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The person a session proves, or nobody: never signed in, or too long ago. */
export function personOf(
  sessionData: Partial<SessionData> | undefined,
  env: Environment,
  nowMs: number,
): SignedInPerson | undefined {
  const signedIn = sessionData?.signedIn;
  if (signedIn === undefined || nowMs - signedIn.groupsAt >= SIGN_IN_LIFETIME_MS) return undefined;
  // A session of an issuer that is no longer configured proves nothing.
  if (signedIn.issuer !== env.HOLDPOINT_OIDC_ISSUER) return undefined;
  return { ...signedIn, roles: rolesOf(signedIn.groups, env) };
}
