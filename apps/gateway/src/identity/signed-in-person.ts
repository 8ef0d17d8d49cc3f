import type { PersonRef, Role } from '@holdpoint/contracts';

/** What the console's session keeps of a sign-in. Roles are not in it: they follow the configuration. */
export interface StoredSignIn extends PersonRef {
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  /** When the provider said so, in ms; groups are as old as this. */
  readonly groupsAt: number;
}

/** A person at the console, proved by the session of this request. */
export interface SignedInPerson extends StoredSignIn {
  readonly roles: readonly Role[];
}

/** Roles and groups live no longer than this without a new sign-in. */
export const SIGN_IN_LIFETIME_MS = 12 * 60 * 60 * 1000;
