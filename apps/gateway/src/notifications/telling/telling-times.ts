import type { Queryable } from '../../platform/database.ts';
import { listChannels } from '../channels/channel.sql.ts';
import type { EventRow } from '../events/event.sql.ts';
import { isAsking } from '../events/notice.ts';
import type { NewMessage } from '../messages/message.sql.ts';
import { heldBackUntil } from './comes-through.ts';
import { preferencesOf, timesOf } from './preference.sql.ts';

type Place = Pick<NewMessage, 'channelId' | 'personKey'>;

/** Until when, and for how long from now. */
export interface HeldBack {
  readonly until: Date;
  readonly inMs: number;
}

/** By what each person wishes: until when the message for a place is held back; `null` for not at all. */
export async function tellingTimes(
  client: Queryable,
  { event, facts, approval_id: approvalId }: EventRow,
  places: readonly Place[],
): Promise<(place: Place) => HeldBack | null> {
  const people = new Set(places.map(({ personKey }) => personKey).filter((key) => key !== null));
  const wishes = await preferencesOf(client, [...people]);
  if (wishes.size === 0) return () => null;
  const { now, deadline } = await timesOf(client, approvalId);
  const channels = await listChannels(client);
  return ({ channelId, personKey }) => {
    const wished = personKey === null ? undefined : wishes.get(personKey);
    if (wished === undefined) return null;
    const isPush = channels.some(({ id, config }) => id === channelId && config.kind === 'push');
    const isSilent = isPush && !isAsking(event);
    const until = heldBackUntil(wished, { event, facts, now, deadline, isSilent });
    return until && { until, inMs: until.getTime() - now.getTime() };
  };
}
