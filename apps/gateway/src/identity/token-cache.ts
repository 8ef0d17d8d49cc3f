import { createHash } from 'node:crypto';
import type { AccessToken } from './access-token.ts';

const MAX_TOKENS = 10_000;
const MAX_AGE_MS = 60_000;

interface Cached {
  readonly token: AccessToken;
  readonly until: number;
}

/**
 * Verified tokens for a moment, so that not every call costs a signature check. Holds digests, not
 * tokens; an entry is for one connection, since a token may be valid on one and not on another.
 */
export class TokenCache {
  /** A Map keeps insertion order: the first key is the least recently used. */
  readonly #entries = new Map<string, Cached>();

  static key(token: string, connectionUrl: string): string {
    return createHash('sha256').update(connectionUrl).update('\0').update(token).digest('base64');
  }

  get(key: string, nowMs: number): AccessToken | undefined {
    const cached = this.#entries.get(key);
    if (cached === undefined) return undefined;
    this.#entries.delete(key);
    if (cached.until <= nowMs) return undefined;
    this.#entries.set(key, cached);
    return cached.token;
  }

  set(key: string, token: AccessToken, nowMs: number): void {
    const until = Math.min(token.expiresAtMs, nowMs + MAX_AGE_MS);
    if (until <= nowMs) return;
    this.#entries.set(key, { token, until });
    if (this.#entries.size <= MAX_TOKENS) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
