/** How a message is treated before any rule is read. */
export type MethodClass =
  'never-held' | 'list' | 'judged' | 'unknown-request' | 'unknown-notification';

/** Which peer sent the message. */
export type Direction = 'from-client' | 'from-upstream';

type KnownClass = 'never-held' | 'list' | 'judged';

const CLIENT_REQUESTS: ReadonlyMap<string, KnownClass> = new Map<string, KnownClass>([
  ['initialize', 'never-held'],
  ['server/discover', 'never-held'],
  ['ping', 'never-held'],
  ['logging/setLevel', 'never-held'],
  ['tasks/get', 'never-held'],
  ['tasks/cancel', 'never-held'],
  ['tools/list', 'list'],
  ['resources/list', 'list'],
  ['resources/templates/list', 'list'],
  ['prompts/list', 'list'],
  ['tools/call', 'judged'],
  ['resources/read', 'judged'],
  ['resources/subscribe', 'judged'],
  ['subscriptions/listen', 'judged'],
  ['prompts/get', 'judged'],
  ['completion/complete', 'judged'],
]);

const CLIENT_NOTIFICATIONS: ReadonlySet<string> = new Set([
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
]);

const UPSTREAM_REQUESTS: ReadonlyMap<string, KnownClass> = new Map<string, KnownClass>([
  ['ping', 'never-held'],
  ['sampling/createMessage', 'judged'],
  ['elicitation/create', 'judged'],
  ['roots/list', 'judged'],
]);

const UPSTREAM_NOTIFICATIONS: ReadonlySet<string> = new Set([
  'notifications/cancelled',
  'notifications/progress',
  'notifications/message',
  'notifications/tools/list_changed',
  'notifications/resources/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/updated',
  'notifications/subscriptions/acknowledged',
  'notifications/elicitation/complete',
  'notifications/tasks',
  'notifications/tasks/status',
]);

/**
 * The class of a method. Matching is exact: another case, a known request without an id
 * and a known notification with one are all unknown.
 */
export function classifyMethod(
  method: string,
  direction: Direction,
  isRequest: boolean,
): MethodClass {
  const fromClient = direction === 'from-client';
  if (isRequest) {
    const requests = fromClient ? CLIENT_REQUESTS : UPSTREAM_REQUESTS;
    return requests.get(method) ?? 'unknown-request';
  }
  const notifications = fromClient ? CLIENT_NOTIFICATIONS : UPSTREAM_NOTIFICATIONS;
  return notifications.has(method) ? 'never-held' : 'unknown-notification';
}

/** Whether a client's message of this method always needs an id. */
export function isRequestMethod(method: string): boolean {
  return CLIENT_REQUESTS.has(method);
}

/** The array in a list's result. */
export type ListItemsKey = 'tools' | 'resources' | 'resourceTemplates' | 'prompts';

/** Which array of its result a list method fills; `undefined` for any other method. */
export function listItemsKey(method: string): ListItemsKey | undefined {
  switch (method) {
    case 'tools/list':
      return 'tools';
    case 'resources/list':
      return 'resources';
    case 'resources/templates/list':
      return 'resourceTemplates';
    case 'prompts/list':
      return 'prompts';
    default:
      return undefined;
  }
}
