import { createHash } from 'node:crypto';
import type { ChannelRow } from '../channels/channel.sql.ts';
import type { SlackApp, SlackUser } from './slack-account.sql.ts';
import type { SlackAccess } from './slack-api.ts';
import type { SlackButton } from './slack-form.ts';

export type SlackChannel = ChannelRow & {
  readonly config: Extract<ChannelRow['config'], { kind: 'slack' }>;
};

/** A press of a button, or a sent form, that Slack signed for this channel. */
export interface SlackAct {
  readonly channel: SlackChannel;
  readonly botToken: string;
  readonly user: SlackUser & SlackApp;
  readonly button: SlackButton;
}

export function accessOf({ channel, botToken }: SlackAct): SlackAccess {
  return { config: channel.config, botToken };
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
