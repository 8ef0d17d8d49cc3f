import type { EventStore } from '@modelcontextprotocol/server';

type Message = Parameters<EventStore['storeEvent']>[1];

/** What was said on every stream of one session, so that a client can come back for it. */
export function createEventStore(): EventStore {
  const events: { readonly streamId: string; readonly message: Message }[] = [];
  const streamOf = (eventId: string) => events[Number(eventId)]?.streamId;
  return {
    storeEvent(streamId, message) {
      return Promise.resolve(String(events.push({ streamId, message }) - 1));
    },
    getStreamIdForEventId: (eventId) => Promise.resolve(streamOf(eventId)),
    async replayEventsAfter(lastEventId, { send }) {
      const streamId = streamOf(lastEventId) ?? '';
      for (const [index, event] of events.entries()) {
        const isMissed = index > Number(lastEventId) && event.streamId === streamId;
        // A stream's first event only opens it: it carries no message.
        if (isMissed && 'jsonrpc' in event.message) await send(String(index), event.message);
      }
      return streamId;
    },
  };
}
