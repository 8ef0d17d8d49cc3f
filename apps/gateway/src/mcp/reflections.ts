import type { SseEvent } from '@holdpoint/mcp';
import type { ConnectionRecord, ConnectionRegistry } from '../connections/connection-registry.ts';

/** A shorter credential is found in ordinary text too; replacing it would harm more than hide. */
const SHORTEST_SECRET = 8;
const REMOVED = '[credential removed]';

/**
 * INVARIANT: an upstream that echoes its headers shows the agent nothing of the gateway's credential.
 * What is looked for in its answers, as it would stand in JSON.
 */
function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(headers)
    .map((value) => JSON.stringify(value.replace(/^bearer +/i, '')).slice(1, -1))
    .filter((secret) => secret.length >= SHORTEST_SECRET);
}

/**
 * What an upstream can echo on a stream that stays open: the credential it was shown when the stream
 * was opened, and the one that is sent by now.
 */
export function secretsSentTo(
  connections: ConnectionRegistry,
  opened: ConnectionRecord,
): () => readonly string[] {
  const shown = secretsIn(connections.headersFor(opened));
  return () => {
    const now = connections.byId(opened.id);
    return now === undefined || now === opened
      ? shown
      : [...new Set([...shown, ...secretsIn(connections.headersFor(now))])];
  };
}

export function withoutReflections(bytes: Buffer, secrets: readonly string[]): Buffer {
  const found = secrets.filter((secret) => bytes.includes(secret));
  return found.length === 0 ? bytes : Buffer.from(cleaned(bytes.toString('utf8'), found));
}

export function eventWithoutReflections(event: SseEvent, secrets: readonly string[]): SseEvent {
  if (event.kind === 'comment') return { ...event, comment: cleaned(event.comment, secrets) };
  const { data, id } = event;
  return {
    ...event,
    ...(data !== undefined && { data: cleaned(data, secrets) }),
    ...(id !== undefined && { id: cleaned(id, secrets) }),
  };
}

function cleaned(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, REMOVED), text);
}
