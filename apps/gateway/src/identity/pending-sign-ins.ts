import { randomBytes } from 'node:crypto';
import type { Request } from 'express';

/** A sign-in on its way through the provider, kept in the session under its `state`. */
export interface PendingSignIn {
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
  /** The provider was told to make the person prove who they are. */
  readonly askedWho?: boolean;
  readonly startedAt: number;
}

/** What the strategy passes through passport as the application's own state. */
export type StartedSignIn = Pick<PendingSignIn, 'codeVerifier' | 'returnTo' | 'askedWho'>;

interface Context {
  readonly nonce?: string;
}
type Stored = (error: Error | null, state?: string) => void;
type Restored = (
  error: Error | null,
  context?: Context | false,
  state?: PendingSignIn | { message: string },
) => void;

/** Tabs that sign in at the same time; the oldest gives way. */
const MAX_PENDING = 8;
const LIFETIME_MS = 15 * 60 * 1000;

/** Looks without taking: the code exchange needs the verifier. */
export function pendingSignIn(req: Request, state: string): PendingSignIn | undefined {
  const pending = req.session.pendingSignIns ?? {};
  const found = Object.hasOwn(pending, state) ? pending[state] : undefined;
  return found && Date.now() - found.startedAt < LIFETIME_MS ? found : undefined;
}

/**
 * Passport's state store, one record per sign-in instead of one per session, so that two tabs don't
 * spoil each other. Each `state` is taken once.
 */
export class PendingSignIns {
  store(
    req: Request,
    context: Context,
    started: StartedSignIn,
    _meta: unknown,
    done: Stored,
  ): void {
    if (context.nonce === undefined) {
      done(new Error('A sign-in was started without a nonce.'));
      return;
    }
    const state = randomBytes(24).toString('base64url');
    const others = Object.entries(req.session.pendingSignIns ?? {})
      .sort(([, a], [, b]) => b.startedAt - a.startedAt)
      .slice(0, MAX_PENDING - 1);
    const mine: PendingSignIn = { ...started, nonce: context.nonce, startedAt: Date.now() };
    req.session.pendingSignIns = { ...Object.fromEntries(others), [state]: mine };
    done(null, state);
  }

  verify(req: Request, state: string, done: Restored): void {
    const pending = pendingSignIn(req, state);
    if (pending === undefined) {
      done(null, false, { message: 'unknown_state' });
      return;
    }
    const { [state]: _taken, ...others } = req.session.pendingSignIns ?? {};
    req.session.pendingSignIns = others;
    done(null, { nonce: pending.nonce }, pending);
  }
}
