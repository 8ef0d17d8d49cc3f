import { GatewayError } from '../platform/gateway.error.ts';
import type { SignedInPerson } from './signed-in-person.ts';

export const FRESH_MS = 5 * 60 * 1000;

/**
 * When a person proved to the provider who they are: its own word (`auth_time`) where it gives it, else
 * now, if it was asked to make them prove it (`prompt=login`). A sign-in that the provider's own
 * session let pass proves nothing new.
 */
export function provedAt(
  authTime: unknown,
  { askedWho, nowMs }: { readonly askedWho: boolean; readonly nowMs: number },
): number | undefined {
  // A provider's clock that is ahead must not keep a sign-in fresh.
  if (typeof authTime === 'number') return Math.min(authTime * 1000, nowMs);
  return askedWho ? nowMs : undefined;
}

export function isFresh({ provedAt: at }: SignedInPerson, nowMs: number): boolean {
  return at !== undefined && nowMs - at < FRESH_MS;
}

/** INVARIANT: what gives a session more than it had takes more than the session: a sign-in just now. */
export function requireFreshSignIn(person: SignedInPerson, nowMs: number): void {
  if (isFresh(person, nowMs)) return;
  throw new GatewayError(
    'fresh_sign_in_needed',
    'Sign in once more first: adding a passkey takes a sign-in of the last five minutes.',
  );
}
