import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Envelope } from '../platform/envelope.ts';
import { newId } from '../platform/new-id.ts';

const PURPOSE = 'holdpoint-connector-relay-v1';
const UNSENT_PURPOSE = 'holdpoint-connector-relay-unsent-v1';
/** Between the clocks of two gateways, and on the way. */
const VALID_MS = 30_000;
/** Passes that were used are remembered for as long as they would be valid. */
const MAX_USED = 100_000;

const factsSchema = z.strictObject({
  /** Used once. */
  nonce: z.uuid(),
  at: z.number(),
  /** Which link, of the gateway that is asked. */
  link: z.uuid(),
  head: z.strictObject({
    server: z.string(),
    method: z.enum(['GET', 'POST', 'DELETE']),
    headers: z.record(z.string(), z.string()),
  }),
  bodyBytes: z.int().min(0),
  /** SHA-256 of the body, base64url. */
  bodyDigest: z.string(),
});
export type RelayFacts = z.infer<typeof factsSchema>;

/**
 * What one gateway of the installation shows another: one exchange, whole, under a key that only they
 * have. INVARIANT: a pass opens one exchange once; who reads it on the way can neither change nor repeat it.
 */
@Injectable()
export class RelayPasses {
  readonly #used = new Map<string, number>();

  constructor(private readonly envelope: Envelope) {}

  issue(
    facts: Pick<RelayFacts, 'link' | 'head'>,
    body: Uint8Array,
  ): { readonly pass: string; readonly nonce: string } {
    const nonce = newId();
    const bodyBytes = body.byteLength;
    const full = { ...facts, nonce, at: Date.now(), bodyBytes, bodyDigest: digest(body) };
    const text = Buffer.from(JSON.stringify(full), 'utf8').toString('base64url');
    return { pass: `${text}.${this.envelope.mac(PURPOSE, text)}`, nonce };
  }

  /** The word that nothing of this exchange left. */
  unsentWord(nonce: string): string {
    return this.envelope.mac(UNSENT_PURPOSE, nonce);
  }

  isUnsentWord(nonce: string, word: string | string[] | undefined): boolean {
    return typeof word === 'string' && isSame(word, this.unsentWord(nonce));
  }

  /** `undefined` for anything but a fresh pass of this installation. ATTACKER-CONTROLLED. */
  redeem(pass: string): RelayFacts | undefined {
    const [text = '', mac = '', ...more] = pass.split('.');
    if (more.length > 0 || !isSame(mac, this.envelope.mac(PURPOSE, text))) return undefined;
    const facts = factsSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    const now = Date.now();
    if (Math.abs(now - facts.at) > VALID_MS || !this.#use(facts.nonce, now)) return undefined;
    return facts;
  }

  isBodyOf(facts: RelayFacts, body: Uint8Array): boolean {
    return facts.bodyBytes === body.byteLength && facts.bodyDigest === digest(body);
  }

  #use(nonce: string, now: number): boolean {
    // In the order they came: the oldest are the first that can't be valid any more.
    for (const [each, at] of this.#used) {
      if (now - at <= 2 * VALID_MS) break;
      this.#used.delete(each);
    }
    if (this.#used.has(nonce) || this.#used.size >= MAX_USED) return false;
    this.#used.set(nonce, now);
    return true;
  }
}

function isSame(given: string, due: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(due)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function digest(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url');
}
