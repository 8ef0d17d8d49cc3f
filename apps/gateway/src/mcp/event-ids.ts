import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Envelope } from '../platform/envelope.ts';
import type { McpSession } from './session-store.ts';

/** Where a stream is resumed: the upstream's event id, and the call whose stream it was, if of one. */
export interface EventPlace {
  readonly id: string;
  readonly callId: string | null;
}

const placeSchema = z.tuple([z.string(), z.string().nullable()]);

/**
 * Event ids as agents see them: the upstream's, bound to the session and to the call. An upstream may
 * resolve an id for whoever names it; so an id from another session never gets there. And what comes
 * on the resumed stream is masked as that call's answer.
 */
@Injectable()
export class EventIds {
  constructor(private readonly envelope: Envelope) {}

  wrap({ id, callId }: EventPlace, session: McpSession): string {
    const body = Buffer.from(JSON.stringify([id, callId]), 'utf8').toString('base64url');
    return `${body}.${this.#mac(body, session)}`;
  }

  /** `null` for anything that was not wrapped for this session. */
  unwrap(wrapped: string, session: McpSession): EventPlace | null {
    const [body, mac] = wrapped.split('.');
    if (body === undefined || mac === undefined) return null;
    const expected = Buffer.from(this.#mac(body, session));
    const given = Buffer.from(mac);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
    const [id, callId] = placeSchema.parse(
      JSON.parse(Buffer.from(body, 'base64url').toString('utf8')),
    );
    return { id, callId };
  }

  #mac(body: string, session: McpSession): string {
    return this.envelope.mac('holdpoint-event-id', `${session.id}\0${body}`).slice(0, 22);
  }
}
