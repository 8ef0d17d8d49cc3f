import type { EntryContent } from '@holdpoint/audit-log';
import { visible } from './visible-text.ts';

/**
 * One short sentence for an entry. Made of the kind, of names that admins set, and of escaped method
 * and tool names; nothing else of an agent or an upstream gets in.
 */
export function titleOf(entry: EntryContent): string {
  const title = TITLES.get(entry.kind) ?? visible(entry.kind);
  return typeof title === 'string' ? title : title(factsOf(entry));
}

interface Facts {
  /** The tool, prompt, resource or, where there is none, the method. */
  readonly what: string;
  readonly connection: string;
  /** The person, by name; the key where no name is recorded. */
  readonly who: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Title = string | ((facts: Facts) => string);

const sentences: Readonly<Record<string, Title>> = {
  'session.started': ({ connection }) => `A session with ${connection} began`,
  'session.ended': 'The session ended',
  'call.received': ({ what }) => `The agent called ${what}`,
  'call.refused': ({ what }) => `${what} was refused`,
  'call.task': ({ what }) => `The agent was given a task to wait with for ${what}`,
  'call.pending': ({ what }) => `The agent was told that ${what} still waits`,
  'call.continued': ({ what, data }) =>
    data['by'] === 'waiting'
      ? `The agent went on waiting for ${what}`
      : `The agent gave the input that ${what} needs`,
  'call.forwarded': ({ what, connection }) => `${what} was forwarded to ${connection}`,
  'call.answered': ({ what, connection, data }) => {
    const masked = maskedPart(data['maskCount'] ?? data['masks']);
    if (data['refused'] !== undefined)
      return `${connection} needs input for ${what} that it may not ask for`;
    return data['inputRequired'] === undefined
      ? `${what} was answered${masked}`
      : `${connection} needs input to go on with ${what}${masked}`;
  },
  'call.failed': ({ what }) => `${what} failed`,
  'call.unknown': ({ what }) => `${what} may have run: its outcome is unknown`,
  'call.cancelled': ({ what }) => `The agent cancelled ${what}`,
  'notification.forwarded': ({ what }) => `The notification ${what} was passed on`,
  'notification.dropped': ({ what }) => `The notification ${what} was dropped`,
  'upstream.request': ({ what, connection }) => `${connection} asked the agent: ${what}`,
  'upstream.reply': ({ what }) => `The agent answered ${what}`,
  'upstream.notification_dropped': ({ what, connection }) =>
    `A notification of ${connection} with too much to mask was dropped: ${what}`,
  'upstream.unreadable': ({ connection }) =>
    `${connection} said something that can’t be read, so it was dropped`,
  'upstream.unexpected_answer': ({ connection }) =>
    `${connection} answered something else, so it was dropped`,
  'upstream.notification': ({ what, connection }) => `${connection} notified: ${what}`,
  'list.filtered': ({ what }) => `The list ${what} was shortened to what is allowed`,
  'approval.held': ({ what }) => `${what} was held for approval`,
  'approval.joined': ({ what }) => `The agent called ${what} again and joined the approval`,
  'approval.detached': 'The agent stopped waiting',
  'approval.rejudged': ({ what }) => `${what} was judged again by the policy in force`,
  'approval.approved': ({ what }) => `${what} was approved`,
  'approval.denied': ({ what }) => `${what} was denied`,
  'approval.expired': ({ what }) => `The approval of ${what} expired`,
  'approval.withdrawn': ({ what }) => `The approval of ${what} was withdrawn`,
  'approval.void': ({ what }) => `The approval of ${what} became void`,
  'approval.claimed': ({ what }) => `The release of ${what} was used`,
  'approval.answered': ({ what }) => `The approved ${what} was answered`,
  'approval.delivered': ({ what }) => `The answer to ${what} reached the agent`,
  'approval.failed': ({ what }) => `The approved ${what} failed`,
  'approval.unknown': ({ what }) => `The approved ${what} may have run: its outcome is unknown`,
  'verdict.given': ({ who, data }) =>
    data['verdict'] === 'deny' ? `${who} denied` : `${who} approved`,
  'verdict.refused': ({ who }) => `A verdict of ${who} was refused`,
  'connection.created': ({ who, connection }) => `${who} registered ${connection}`,
  'connection.updated': ({ who, connection }) => `${who} changed ${connection}`,
  'connection.frozen': ({ who, connection }) => `${who} froze ${connection}`,
  'connection.unfrozen': ({ who, connection }) => `${who} unfroze ${connection}`,
  'policy.published': ({ who, data }) => `${who} published policy ${numberIn(data['number'])}`,
  'service-identity.created': ({ who, what }) => `${who} registered the service identity ${what}`,
  'service-identity.updated': ({ who, what }) => `${who} changed the service identity ${what}`,
  'service-identity.removed': ({ who, what }) => `${who} removed the service identity ${what}`,
  'tool.added': ({ what, connection }) => `${connection} lists a new tool, ${what}`,
  'tool.changed': ({ what, connection }) => `${connection} changed its tool ${what}`,
  'tool.removed': ({ what, connection }) => `${connection} no longer lists ${what}`,
  'audit.exported': ({ who }) => `${who} exported the audit log`,
  'frame.revealed': ({ who }) => `${who} opened stored requests`,
  'person.signed_in': ({ who }) => `${who} signed in`,
  'person.signed_out': ({ who }) => `${who} signed out`,
  'person.sign_in_failed': 'A sign-in failed',
  'webhook.retried': ({ who, connection }) =>
    `${who} sent a webhook message of ${connection} again`,
};

/** A map, since a kind such as `constructor` would find something in an object. */
const TITLES: ReadonlyMap<string, Title> = new Map(Object.entries(sentences));

function factsOf(entry: EntryContent): Facts {
  const data = recordOf(entry['data']);
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? visible(value) : undefined;
  return {
    what: text(entry['target']) ?? text(entry['method']) ?? 'something',
    connection: text(recordOf(entry['connection'])['slug']) ?? 'a connection',
    who: text(data['person']) ?? text(entry['who']) ?? 'someone',
    data,
  };
}

function maskedPart(masks: unknown): string {
  const count = Array.isArray(masks) ? masks.length : typeof masks === 'number' ? masks : 0;
  if (count === 0) return '';
  return count === 1 ? ', with 1 value masked' : `, with ${count} values masked`;
}

function numberIn(value: unknown): string {
  return typeof value === 'number' ? String(value) : '';
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
