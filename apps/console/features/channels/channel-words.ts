import type { Channel, ChannelKind, MessageState, NotificationEvent } from '@holdpoint/contracts';
import type { Tone } from '../../ui/badge.tsx';

export const KIND_NAMES: Readonly<Record<ChannelKind, string>> = {
  webhook: 'Webhook',
  email: 'E-mail',
  slack: 'Slack',
  teams: 'Microsoft Teams',
  push: 'Browsers (Web Push)',
  jira: 'Jira',
  rest: 'Tickets over REST',
};

export const EVENT_WORDS: Readonly<Record<NotificationEvent, string>> = {
  'approval.held': 'A call is held',
  'approval.advanced': 'The next step of a chain asks',
  'approval.reminded': 'A step reminds',
  'approval.escalated': 'A step escalates',
  'approval.break_glass': 'The glass is broken',
  'approval.settled': 'It is settled',
  'approval.claimed': 'It runs',
  'approval.answered': 'It was answered',
  'approval.delivered': 'The agent has the answer',
  'approval.failed': 'It failed',
  'approval.unknown': 'Its outcome is unknown',
  'freeze.set': 'Something is frozen',
  'freeze.lifted': 'A freeze is lifted',
};

export function eventWords(event: string): string {
  const known = Object.entries(EVENT_WORDS).find(([name]) => name === event);
  return known?.[1] ?? (event === 'channel.test' ? 'A test' : event);
}

export const STATE_TONES: Readonly<Record<MessageState, Tone>> = {
  pending: 'neutral',
  delivered: 'go',
  retrying: 'hold',
  failed: 'stop',
  dropped: 'neutral',
};

/** What became of a message: a filter of the log, and a badge in it. */
export const STATE_WORDS: Readonly<Record<MessageState, string>> = {
  failed: 'Given up',
  retrying: 'To be tried again',
  pending: 'On the way',
  delivered: 'Delivered',
  dropped: 'Not sent',
};

/** A channel's secrets, as its form calls them. */
const SECRET_WORDS: Readonly<Record<string, string>> = {
  signing: 'signing secret',
  callback: 'secret of verdicts',
  password: 'password',
  botToken: 'bot token',
  signingSecret: 'signing secret',
  workflowUrl: 'address of the workflow',
  apiToken: 'API token',
  headerValue: 'value of the header',
};

export function secretWords(name: string): string {
  return (Object.hasOwn(SECRET_WORDS, name) ? SECRET_WORDS[name] : undefined) ?? name;
}

/** Where a channel leads, in one line. */
export function whereTo({ config }: Channel): string {
  switch (config.kind) {
    case 'webhook':
      return config.url;
    case 'email':
      return [...config.to, ...(config.toReviewers ? ['each person who is asked'] : [])].join(', ');
    case 'slack':
      return `conversation ${config.conversation}`;
    case 'teams':
      return 'a workflow, by its address (sealed)';
    case 'push':
      return 'the browsers in which people who are asked have subscribed';
    case 'jira':
      return `${config.issueType} in ${config.project} at ${config.site}`;
    case 'rest':
      return config.create.url;
    default:
      return config satisfies never;
  }
}
