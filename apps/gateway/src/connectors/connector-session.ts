/** Between the process that gave a session and the session's own id. */
const JOINT = '~';
const PREFIX = /^([A-Za-z0-9_-]{16})~/;
/** As the specification has it, and no longer than anybody needs. */
const SESSION_ID = /^[\x21-\x7e]{1,480}$/;

/** What a session id says of where it was given. */
export interface ConnectorSession {
  readonly affinity: string;
  readonly id: string;
}

/** The id under which the gateway keeps a session of a connector's process; `undefined` where it is none. */
export function sessionFrom(affinity: string, id: string): string | undefined {
  return SESSION_ID.test(id) ? `${affinity}${JOINT}${id}` : undefined;
}

export function readSession(text: string | undefined): ConnectorSession | undefined {
  const affinity = PREFIX.exec(text ?? '')?.[1];
  if (text === undefined || affinity === undefined) return undefined;
  return { affinity, id: text.slice(affinity.length + JOINT.length) };
}
