import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Envelope } from '../platform/envelope.ts';
import type { McpSession } from './session-store.ts';

/**
 * Event ids as agents see them: the upstream's, bound to the session. An upstream may resolve an id
 * for whoever names it; so an id from another session never gets there.
 */
@Injectable()
export class EventIds {
  constructor(private readonly envelope: Envelope) {}

  wrap(id: string, session: McpSession): string {
    const body = Buffer.from(id, 'utf8').toString('base64url');
    return `${body}.${this.#mac(body, session)}`;
  }

  /** `null` for anything that was not wrapped for this session. */
  unwrap(wrapped: string, session: McpSession): string | null {
    const [body, mac] = wrapped.split('.');
    if (body === undefined || mac === undefined) return null;
    const expected = Buffer.from(this.#mac(body, session));
    const given = Buffer.from(mac);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
    return Buffer.from(body, 'base64url').toString('utf8');
  }

  #mac(body: string, session: McpSession): string {
    return this.envelope.mac('holdpoint-event-id', `${session.id}\0${body}`).slice(0, 22);
  }
}
