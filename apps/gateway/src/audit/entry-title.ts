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
  'call.received': ({ what, data }) => `The agent called ${what}${onTrialPart(data['decision'])}`,
  'call.refused': ({ what, data }) => `${what} was refused${onTrialPart(data['decision'])}`,
  'call.task': ({ what }) => `The agent was given a task to wait with for ${what}`,
  'call.pending': ({ what }) => `The agent was told that ${what} still waits`,
  'call.continued': ({ what, data }) =>
    data['by'] === 'waiting'
      ? `The agent went on waiting for ${what}`
      : `The agent gave the input that ${what} needs`,
  'call.forwarded': ({ what, connection, data }) =>
    `${what} was forwarded to ${connection}${data['edit'] === undefined ? '' : ' with changed arguments'}`,
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
  'call.cancelled': ({ what, data }) =>
    data['by'] === 'freeze' ? `${what} was broken off by a freeze` : `The agent cancelled ${what}`,
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
  'approval.rejudged': ({ what, data }) =>
    `${what} was judged again by ${policyIn(data['to'])}${rejudgedPart(data)}`,
  'approval.reminded': ({ what, data }) => `Reviewers of ${what} were reminded of ${stepIn(data)}`,
  'approval.escalated': ({ what, data }) =>
    `Nobody decided ${stepIn(data)} of ${what} in time, so others were asked, too`,
  'approval.approved': ({ what }) => `${what} was approved`,
  'approval.denied': ({ what, data }) =>
    data['by'] === 'deadline' ? `${what} was denied: nobody decided in time` : `${what} was denied`,
  'approval.expired': ({ what }) => `The approval of ${what} expired`,
  'approval.withdrawn': ({ what }) => `The approval of ${what} was withdrawn`,
  'approval.void': ({ what }) => `The approval of ${what} became void`,
  'approval.claimed': ({ what }) => `The release of ${what} was used`,
  'approval.answered': ({ what }) => `The approved ${what} was answered`,
  'approval.delivered': ({ what }) => `The answer to ${what} reached the agent`,
  'approval.failed': ({ what }) => `The approved ${what} failed`,
  'approval.unknown': ({ what }) => `The approved ${what} may have run: its outcome is unknown`,
  'approval.edited': ({ who, what }) => `${who} proposed other arguments for ${what}`,
  'approval.edit_withdrawn': ({ who, what }) =>
    `${who} took the proposed arguments for ${what} back`,
  'approval.edit_refused': ({ who, what, data }) =>
    data['what'] === 'withdraw'
      ? `${who} was refused to take the proposed arguments for ${what} back`
      : `${who} was refused to propose other arguments for ${what}`,
  'approval.break-glass': ({ who, what }) =>
    `${who} broke the glass: ${what} was approved past its chain`,
  'approval.break-glass-acknowledged': ({ who, data }) =>
    `${who} acknowledged the break-glass of ${nameIn(data['brokenBy'])}`,
  'approval.break-glass-refused': ({ who }) => `A break-glass of ${who} was refused`,
  'grant.proposed': ({ who, what }) => `${who} proposed a grant for calls like ${what}`,
  'grant.given': ({ what }) => `A grant for calls like ${what} is in force`,
  'grant.not_given': ({ what }) => `The grant for calls like ${what} was not given`,
  'grant.used': ({ what }) => `${what} was let through by a grant`,
  'grant.lapsed': ({ what }) => `A grant for ${what} is over: what it was given under changed`,
  'grant.revoked': ({ who, what }) => `${who} revoked a grant for ${what}`,
  'verdict.given': ({ who, data }) =>
    data['verdict'] === 'deny'
      ? `${who} denied${inPlaceOf(data)}${viaIn(data)}`
      : `${who} approved${inPlaceOf(data)}${data['passkey'] === undefined ? '' : ' with a passkey'}${viaIn(data)}`,
  'verdict.refused': ({ who }) => `A verdict of ${who} was refused`,
  'approval.commented': ({ who, what }) => `${who} commented on the approval of ${what}`,
  'approval.asked': ({ who, what }) => `${who} asked about ${what}`,
  'approval.explained': ({ who, what }) => `${who} answered what was asked about ${what}`,
  'approval.looked_at': ({ who, what }) => `${who} said that they are looking at ${what}`,
  'approval.taken_over': ({ who, what, data }) =>
    `${who} took over looking at ${what} from ${nameIn(data['takenFrom'])}`,
  'approval.let_go': ({ who, what }) => `${who} said that they no longer look at ${what}`,
  'connection.created': ({ who, connection }) => `${who} registered ${connection}`,
  'connection.updated': ({ who, connection }) => `${who} changed ${connection}`,
  'connection.frozen': ({ who, connection }) => `${who} froze ${connection}`,
  'connection.unfrozen': ({ who, connection }) => `${who} unfroze ${connection}`,
  'caller.frozen': ({ who, what }) => `${who} froze the caller ${what}`,
  'caller.unfrozen': ({ who, what }) => `${who} unfroze the caller ${what}`,
  'everything.frozen': ({ who }) => `${who} froze everything`,
  'everything.unfrozen': ({ who }) => `${who} unfroze everything`,
  'chain.unsatisfiable': ({ what, data }) =>
    data['verdict'] === 'nobody-known'
      ? `Nobody is known who could satisfy ${stepIn(data)} of the chain ${what}`
      : `${data['verdict'] === 'short' ? 'Too few people' : 'Nobody'} can satisfy ${stepIn(data)} of the chain ${what} any more`,
  'chain.satisfiable': ({ what, data }) =>
    `The alarm about ${stepIn(data)} of the chain ${what} is over`,
  'channel.created': ({ who, what }) => `${who} made the channel ${what}`,
  'channel.updated': ({ who, what }) => `${who} changed the channel ${what}`,
  'channel.removed': ({ who, what }) => `${who} removed the channel ${what}`,
  'channel.tested': ({ who, what, data }) =>
    `${who} tested the channel ${what}${data['ok'] === true ? '' : ', which failed'}`,
  'route.created': ({ who, what }) => `${who} made the route ${what}`,
  'route.updated': ({ who, what }) => `${who} changed the route ${what}`,
  'route.removed': ({ who, what }) => `${who} removed the route ${what}`,
  'slack.tied': ({ who, what }) => `${who} tied the Slack account ${what} to themselves`,
  'slack.untied': ({ who, what }) => `${who} untied the Slack account ${what}`,
  'channel.account_tied': ({ who, what }) => `${who} tied the account ${what} to themselves`,
  'channel.account_untied': ({ who, what }) => `${who} untied the account ${what}`,
  'channel.account_refused': ({ who, what }) =>
    `${who} said that the account ${what}, which sent their code, is not theirs`,
  'notification_preference.changed': ({ who }) => `${who} changed how they are told`,
  'push.subscribed': ({ who, what }) => `${who} is told in the browser ${what}`,
  'push.removed': ({ who, what }) => `${who} is no longer told in the browser ${what}`,
  'message.replayed': ({ who, what }) => `${who} sent messages of the channel ${what} again`,
  'rota.created': ({ who, what }) => `${who} made the rota ${what}`,
  'rota.updated': ({ who, what }) => `${who} changed the rota ${what}`,
  'rota.removed': ({ who, what }) => `${who} removed the rota ${what}`,
  'policy.simulated': ({ who, data }) =>
    `${who} judged ${numberIn(data['calls'])} recorded calls by a draft`,
  'policy.published': ({ who, data }) => `${who} published policy ${numberIn(data['number'])}`,
  'policy.proposed': ({ who, data }) =>
    `${who} proposed a policy on top of version ${numberIn(data['base'])}`,
  'policy.proposal_declined': ({ who }) => `${who} sent a proposed policy back`,
  'policy.proposal_withdrawn': ({ who }) => `${who} took a proposed policy back`,
  'policy-draft.created': ({ who }) => `${who} began a draft of the policy`,
  'policy-draft.saved': ({ who }) => `${who} worked on a draft of the policy`,
  'policy-draft.discarded': ({ who }) => `${who} discarded a draft of the policy`,
  'policy-draft.restored': ({ who }) => `${who} brought a draft of the policy back`,
  'passkey.added': ({ who }) => `${who} added a passkey`,
  'passkey.removed': ({ who }) => `${who} removed a passkey`,
  'passkey.blocked': ({ who }) => `A passkey of ${who} may have been copied, so it was blocked`,
  'policy-token.created': ({ who }) => `${who} made a policy token`,
  'policy-token.revoked': ({ who }) => `${who} revoked a policy token`,
  'connector.enrolment_created': ({ who, what }) =>
    `${who} made a token that enrols a connector of ${what}`,
  'connector.enrolment_withdrawn': ({ who, what }) =>
    `${who} withdrew a token that enrols a connector of ${what}`,
  'connector.enrolled': ({ what }) => `The connector ${what} enrolled`,
  'connector.renamed': ({ who, what }) => `${who} renamed the connector ${what}`,
  'connector.revoked': ({ who, what }) => `${who} revoked the connector ${what}`,
  'connector.removed': ({ who, what }) => `${who} removed the connector ${what}`,
  'connector-site.removed': ({ who, what }) => `${who} removed the site ${what}`,
  'service-identity.created': ({ who, what }) => `${who} registered the service identity ${what}`,
  'service-identity.updated': ({ who, what }) => `${who} changed the service identity ${what}`,
  'service-identity.removed': ({ who, what }) => `${who} removed the service identity ${what}`,
  'tool.added': ({ what, connection }) => `${connection} lists a new tool, ${what}`,
  'tool.changed': ({ what, connection }) => `${connection} changed its tool ${what}`,
  'tool.removed': ({ what, connection }) => `${connection} no longer lists ${what}`,
  'catalogue.added': ({ connection, data }) => `${connection} lists new ${bunchIn(data)}`,
  'catalogue.changed': ({ connection, data }) => `${connection} changed ${bunchIn(data)}`,
  'catalogue.removed': ({ connection, data }) => `${connection} no longer lists ${bunchIn(data)}`,
  'catalogue.accepted': ({ who, what, connection, data }) =>
    data['how'] === 'person'
      ? `${who} accepted the definition of ${what}`
      : `${bunchIn(data)} of ${connection} ${isOne(data) ? 'was' : 'were'} accepted ${UNASKED.get(String(data['how'])) ?? 'unasked'}`,
  'catalogue.blocked': ({ who, what }) => `${who} blocked ${what} as it is defined`,
  'audit.exported': ({ who }) => `${who} exported the audit log`,
  'frame.revealed': ({ who }) => `${who} opened stored requests`,
  'person.signed_in': ({ who }) => `${who} signed in`,
  'person.groups_changed': ({ who }) =>
    `${who} is in other groups now, as the identity provider says`,
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

function stepIn({ step }: Facts['data']): string {
  return typeof step === 'number' ? `step ${step + 1}` : 'a step';
}

function policyIn(version: unknown): string {
  return typeof version === 'number' ? `policy ${version}` : 'the policy in force';
}

function rejudgedPart({ state, addedSteps }: Facts['data']): string {
  if (state === 'denied') return ', which denies it';
  if (state !== undefined) return '';
  return typeof addedSteps === 'number' && addedSteps > 0 ? ', which asks for more' : '';
}

/** Rules in observe mode that would have made something else of the call. */
function onTrialPart(decision: unknown): string {
  const { effect, observed } = recordOf(decision);
  if (!Array.isArray(observed)) return '';
  const count = observed.filter((rule) => recordOf(rule)['wouldBe'] !== effect).length;
  if (count === 0) return '';
  return count === 1
    ? '; a rule on trial would have decided otherwise'
    : `; ${count} rules on trial would have decided otherwise`;
}

function maskedPart(masks: unknown): string {
  const count = Array.isArray(masks) ? masks.length : typeof masks === 'number' ? masks : 0;
  if (count === 0) return '';
  return count === 1 ? ', with 1 value masked' : `, with ${count} values masked`;
}

const UNASKED: ReadonlyMap<string, string> = new Map([
  ['first-list', 'on first use'],
  ['new-resource', 'as they came'],
  ['setting', 'by the connection’s setting'],
]);

/** `3 prompts` */
function bunchIn(data: Facts['data']): string {
  const { items, kind } = data;
  const count = Array.isArray(items) ? items.length : 0;
  return `${count} ${typeof kind === 'string' ? visible(kind) : 'item'}${isOne(data) ? '' : 's'}`;
}

function isOne({ items }: Facts['data']): boolean {
  return Array.isArray(items) && items.length === 1;
}

function nameIn(value: unknown): string {
  return typeof value === 'string' && value !== '' ? visible(value) : 'somebody';
}

function inPlaceOf({ actingFor }: Facts['data']): string {
  return actingFor === undefined ? '' : ` for ${nameIn(actingFor)}`;
}

/** Other than the console. */
const VIA: ReadonlyMap<unknown, string> = new Map([
  ['slack', ' from Slack'],
  ['webhook', ' by a webhook callback'],
  ['ticket', ' by a ticket'],
]);

function viaIn({ via }: Facts['data']): string {
  return VIA.get(via) ?? '';
}

function numberIn(value: unknown): string {
  return typeof value === 'number' ? String(value) : '';
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
