import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Envelope } from '../platform/envelope.ts';
import type { McpSession } from './session-store.ts';

const PREFIX = 'held';

const placeSchema = z.object({
  callId: z.string(),
  approvalId: z.string(),
  /** The place that whoever comes back takes over. */
  waiterId: z.string(),
  /** When the call began to wait: its deadline runs on while nobody is connected. */
  startedAt: z.number(),
});

/** Where the stream of a held call is resumed. */
export type HeldPlace = z.infer<typeof placeSchema>;

/**
 * Event ids on the stream of a held call, bound to the session. All that is needed to go on is in them
 * and in the database, so a stream is resumed at any gateway, also after a restart.
 */
@Injectable()
export class HeldEventIds {
  constructor(private readonly envelope: Envelope) {}

  wrap(place: HeldPlace, session: McpSession): string {
    const body = Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');
    return `${PREFIX}.${body}.${this.#mac(body, session)}`;
  }

  /** `null` for anything that is not the place of a held call, or was not given out in this session. */
  unwrap(given: string, session: McpSession): HeldPlace | null {
    const [prefix, body, mac, ...rest] = given.split('.');
    if (prefix !== PREFIX || body === undefined || mac === undefined || rest.length > 0)
      return null;
    const expected = Buffer.from(this.#mac(body, session));
    const said = Buffer.from(mac);
    if (expected.length !== said.length || !timingSafeEqual(expected, said)) return null;
    return placeSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  }

  #mac(body: string, session: McpSession): string {
    return this.envelope.mac('holdpoint-held-event-id-v1', `${session.id}\0${body}`);
  }
}
