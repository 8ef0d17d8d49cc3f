'use client';

import { TextField } from '../../ui/field.tsx';
import type { SlackDraft } from './channel-draft.ts';
import { CommonChecks, type FieldsProps } from './common-fields.tsx';
import { SecretField, type SecretDraft } from './secret-field.tsx';

export function SlackFields({
  config,
  botToken,
  signingSecret,
  channelId,
  errors,
  onConfig,
}: Omit<FieldsProps<SlackDraft>, 'secret'> & {
  botToken: SecretDraft;
  signingSecret: SecretDraft;
  channelId: string | null;
}) {
  const set = (change: Partial<SlackDraft>) => onConfig({ ...config, ...change });
  return (
    <>
      <p className="text-sm text-muted">
        {channelId === null
          ? 'Its page names the request URL for the app’s interactivity, once it is added.'
          : `The app’s request URL ends in /api/slack/${channelId}.`}
      </p>
      <TextField
        label="Conversation"
        hint="Its id, such as C0123456789; the bot has to be a member."
        value={config.conversation}
        error={errors['config.conversation']}
        onValue={(conversation) => set({ conversation })}
      />
      <div className="grid gap-4 md:grid-cols-2">
        <SecretField label="Bot token" secret={botToken} error={errors['secrets.botToken']} />
        <SecretField
          label="Signing secret"
          secret={signingSecret}
          error={errors['secrets.signingSecret']}
        />
      </div>
      <TextField
        label="Web API"
        hint="Slack’s own, unless you are on another Slack."
        type="url"
        value={config.api}
        error={errors['config.api']}
        onValue={(api) => set({ api })}
      />
      <CommonChecks config={config} onChange={set} />
    </>
  );
}
