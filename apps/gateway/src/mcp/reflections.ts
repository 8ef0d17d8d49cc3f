import type { SseEvent } from '@holdpoint/mcp';

/** A shorter credential is found in ordinary text too; replacing it would harm more than hide. */
const SHORTEST_SECRET = 8;
const REMOVED = '[credential removed]';

/**
 * INVARIANT: an upstream that echoes its headers shows the agent nothing of the gateway's credential.
 * What is looked for in its answers, as it would stand in JSON.
 */
export function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(headers)
    .map((value) => JSON.stringify(value.replace(/^bearer +/i, '')).slice(1, -1))
    .filter((secret) => secret.length >= SHORTEST_SECRET);
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
