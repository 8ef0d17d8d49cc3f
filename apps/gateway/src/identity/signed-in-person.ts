import type { PersonRef, Role } from '@holdpoint/contracts';

/** What the console's session keeps of a sign-in. Roles are not in it: they follow the configuration. */
export interface StoredSignIn extends PersonRef {
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  /** When the person signed in, in ms: the session lives from here. Groups are asked for again later. */
  readonly groupsAt: number;
  /** When the person last proved to the provider who they are, in ms, as far as that is known. */
  readonly provedAt?: number | undefined;
}

/** What a finished sign-in brought. The token goes into no session, log or entry, only sealed into its row. */
export interface FinishedSignIn {
  readonly person: StoredSignIn;
  /** The `sub` of the ID token, which need not be the claim that identifies people here. */
  readonly sub: string;
  readonly refreshToken: string | null;
}

/** A person at the console, proved by the session of this request. */
export interface SignedInPerson extends StoredSignIn {
  readonly roles: readonly Role[];
  /** The console session that proves them: what is asked of the provider again belongs to it. */
  readonly session?: string;
}

/** A person whose groups the provider has just confirmed, or not long ago. */
export interface ConfirmedPerson extends SignedInPerson {
  readonly session: string;
  /** Database time at which the provider was asked. */
  readonly groupsConfirmedAt: Date;
}

/** Roles and groups live no longer than this without a new sign-in. */
export const SIGN_IN_LIFETIME_MS = 12 * 60 * 60 * 1000;
