import type { ChannelKind } from '@holdpoint/contracts';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { findApproval } from '../approvals/approval.sql.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import type { Logger } from '../platform/logger.ts';
import { newId } from '../platform/new-id.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { listChannels, type ChannelRow } from './channels/channel.sql.ts';
import { HeldArguments } from './events/held-arguments.ts';
import {
  isAsking,
  noticeOf,
  noticeSchema,
  type HeldArgumentsShown,
  type Notice,
} from './events/notice.ts';
import { escalatedBefore, markSpread, takeUnspread, type EventRow } from './events/event.sql.ts';
import { JobQueue } from './job-queue.ts';
import { dropAsking, insertMessage, lanesOf, type NewMessage } from './messages/message.sql.ts';
import { Recipients, type Recipient } from './recipients.ts';
import { listRoutes } from './routes/route.sql.ts';
import { isTaken } from './routes/routing.ts';
import { connectionBody, CONNECTION_EVENTS } from './senders/connection-payload.ts';
import { dropHeldBack } from './telling/held-back.sql.ts';
import { tellingTimes, type HeldBack } from './telling/telling-times.ts';

/** What was sent there can be changed, or closed, once nobody is asked by it any more. */
const CHANGED_LATER: ReadonlySet<ChannelKind> = new Set(['slack', 'push', 'jira', 'rest']);
const NOTHING_SHOWN: HeldArgumentsShown = { arguments: null, digest: null };

type Place = Pick<
  NewMessage,
  'channelId' | 'connectionId' | 'recipient' | 'personKey' | 'body' | 'isFollowUp'
>;

/** Makes the messages of what happened: by the routes, in the order of each thread, once. */
@Injectable()
export class Spreader implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database,
    private readonly jobs: JobQueue,
    private readonly heldArguments: HeldArguments,
    private readonly recipients: Recipients,
    private readonly connections: ConnectionRegistry,
    private readonly envelope: Envelope,
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.workSpreads(({ thread }) => this.spread(thread));
  }

  async spread(thread: string): Promise<void> {
    await this.database.transaction(async (client) => {
      for (const event of await takeUnspread(client, thread)) await this.#tell(client, event);
    });
  }

  async #tell(client: Queryable, event: EventRow): Promise<void> {
    const places = [...this.#webhookOf(event), ...(await this.#channels(client, event))];
    if (event.event === 'approval.settled') await dropAsking(client, event.thread);
    const hasNotice = places.some(({ channelId }) => channelId !== null);
    const sealed = hasNotice ? this.#seal(event.id, await this.#notice(client, event)) : null;
    const timeOf = await tellingTimes(client, event, places);
    for (const place of places) await this.#queue(client, event, place, timeOf(place));
    await markSpread(client, event.id, sealed);
  }

  async #queue(
    client: Queryable,
    { id: eventId, thread, seq, event, approval_id: approvalId }: EventRow,
    place: Place,
    held: HeldBack | null,
  ): Promise<void> {
    const { recipient, personKey } = place;
    const lane = { place: place.channelId ?? place.connectionId ?? '', thread, recipient };
    // What goes out at once waits for nothing that was held back.
    if (personKey !== null && held === null) await dropHeldBack(client, lane);
    const heldBackUntil = held?.until ?? null;
    const message = { ...place, id: newId(), thread, seq, event, eventId, approvalId };
    await insertMessage(client, { ...message, heldBackUntil });
    await this.jobs.send(client, lane, held?.inMs ?? 0);
  }

  /** A connection's own webhook hears of the events that it always did. */
  #webhookOf({ event, facts, at }: EventRow): Place[] {
    if (facts.kind !== 'approval' || !CONNECTION_EVENTS.has(event)) return [];
    const connectionId = facts.connection.id;
    if (this.connections.byId(connectionId)?.webhook == null) return [];
    const body = connectionBody(event, facts, at, this.env.HOLDPOINT_PUBLIC_URL);
    const toAll = { recipient: '', personKey: null };
    return [{ channelId: null, connectionId, ...toAll, body, isFollowUp: false }];
  }

  async #channels(client: Queryable, row: EventRow): Promise<Place[]> {
    const { event, facts, at, thread } = row;
    const listed = await listChannels(client, (channel) =>
      this.logger.error({ channel }, 'the settings of a channel do not read: it tells nobody'),
    );
    const channels = listed.filter(({ enabled }) => enabled);
    const routes = (await listRoutes(client)).filter(({ enabled }) => enabled);
    const escalated = await escalatedBefore(client, row);
    const taken = new Set(
      routes
        .filter(({ match }) => isTaken(match, { event, facts, at, escalated }))
        .flatMap((route) => route.channels),
    );
    const places: Place[] = [];
    for (const channel of channels.filter(({ id }) => taken.has(id))) {
      for (const recipient of await this.recipients.of(channel, facts, at))
        places.push({ ...toChannel(channel, recipient), isFollowUp: false });
    }
    // Whoever was told that it waits is told that it doesn't, whatever the hour is by now.
    if (event !== 'approval.settled') return places;
    const known = new Set(places.map(keyOf));
    const before = (await lanesOf(client, thread))
      .filter(({ channelId }) =>
        channels.some((each) => each.id === channelId && isToldAgain(each)),
      )
      .map((lane) => ({ ...lane, connectionId: null, body: null }))
      .filter((place) => !known.has(keyOf(place)));
    return [
      ...places,
      ...before.map((place) => ({ ...place, isFollowUp: !taken.has(place.channelId) })),
    ];

    /** What was sent elsewhere can't be changed any more: there a route says what it wants to hear of. */
    function isToldAgain({ id, config }: ChannelRow): boolean {
      return taken.has(id) || CHANGED_LATER.has(config.kind);
    }
  }

  async #notice(client: Queryable, event: EventRow): Promise<Notice> {
    const asks = isAsking(event.event) && event.approval_id !== null;
    const held = asks ? await this.#held(client, event.approval_id ?? '') : NOTHING_SHOWN;
    return noticeOf(event, held, this.env.HOLDPOINT_PUBLIC_URL);
  }

  async #held(client: Queryable, approvalId: string): Promise<HeldArgumentsShown> {
    try {
      const approval = await findApproval(client, approvalId);
      return approval ? await this.heldArguments.of(approval) : NOTHING_SHOWN;
    } catch (error) {
      // Whoever is asked has to know that it waits, even where it can't be shown here.
      this.logger.warn({ error: String(error), approvalId }, 'arguments could not be masked');
      return NOTHING_SHOWN;
    }
  }

  #seal(eventId: string, notice: Notice): Buffer {
    return this.envelope.sealText(JSON.stringify(notice), contextOf(eventId));
  }

  open({ id, notice_sealed: sealed }: EventRow): Notice | undefined {
    if (sealed === null) return undefined;
    return noticeSchema.parse(JSON.parse(this.envelope.openText(sealed, contextOf(id))));
  }
}

const contextOf = (eventId: string) => `notification-notice:${eventId}`;

function toChannel({ id }: ChannelRow, recipient: Recipient) {
  return { channelId: id, connectionId: null, ...recipient, body: null };
}

const keyOf = ({ channelId, recipient }: Pick<Place, 'channelId' | 'recipient'>) =>
  `${channelId} ${recipient}`;
