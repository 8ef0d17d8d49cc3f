'use client';

import {
  channelSavedSchema,
  type Channel,
  type ChannelKind,
  type ChannelSaved,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { CheckField, SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';
import {
  checkChannel,
  draftOf,
  emptyConfig,
  emptyDraft,
  type ChannelDraft,
} from './channel-draft.ts';
import { EmailFields, TeamsFields, WebhookFields } from './channel-fields.tsx';
import { KIND_NAMES } from './channel-words.ts';
import { JiraFields } from './jira-fields.tsx';
import { PushFields } from './push-fields.tsx';
import { RestFields } from './rest-fields.tsx';
import type { SecretDraft } from './secret-field.tsx';
import { SlackFields } from './slack-fields.tsx';

const KINDS: readonly { value: ChannelKind; text: string }[] = [
  { value: 'webhook', text: KIND_NAMES.webhook },
  { value: 'email', text: KIND_NAMES.email },
  { value: 'slack', text: KIND_NAMES.slack },
  { value: 'teams', text: KIND_NAMES.teams },
  { value: 'push', text: KIND_NAMES.push },
  { value: 'jira', text: KIND_NAMES.jira },
  { value: 'rest', text: KIND_NAMES.rest },
];

export function ChannelDialog({
  channel,
  onSaved,
  onClose,
}: {
  /** `null`: a new one. */
  channel: Channel | null;
  onSaved: (saved: ChannelSaved) => void;
  onClose: () => void;
}) {
  const isNew = channel === null;
  const [draft, setDraft] = useState<ChannelDraft>(() => (isNew ? emptyDraft() : draftOf(channel)));
  const { sending, failure, errors, setErrors, start } = useSending();
  const set = (change: Partial<ChannelDraft>) => setDraft((old) => ({ ...old, ...change }));
  const submit = async () => {
    const checked = checkChannel(draft);
    setErrors(checked.ok ? {} : checked.errors);
    if (!checked.ok) return;
    const path = isNew ? '/api/channels' : `/api/channels/${encodeURIComponent(channel.id)}`;
    const body = isNew ? checked.input : { ...checked.input, version: channel.version };
    await start(async () =>
      onSaved(await send(isNew ? 'POST' : 'PUT', path, body, channelSavedSchema)),
    );
  };
  return (
    <FormDialog
      title={isNew ? 'Add a channel' : `Change ${channel.title}`}
      submit={isNew ? 'Add it' : 'Save'}
      sending={sending}
      onSubmit={() => void submit()}
      onClose={onClose}
      wide
    >
      <div className="grid gap-4 md:grid-cols-2">
        <TextField
          label="Name"
          hint="As routes and the log show it."
          value={draft.title}
          error={errors['title']}
          maxLength={80}
          data-focus-first
          onValue={(title) => set({ title })}
        />
        {isNew && (
          <SelectField
            label="Kind"
            value={draft.config.kind}
            options={KINDS}
            onValue={(kind) => set({ config: emptyConfig(kind) })}
          />
        )}
      </div>
      <KindFields draft={draft} channel={channel} errors={errors} onChange={set} />
      <CheckField
        label="Switched on"
        checked={draft.enabled}
        onValue={(enabled) => set({ enabled })}
      />
      <FailureNote failure={failure} />
    </FormDialog>
  );
}

function KindFields({
  draft: { config, secrets },
  channel,
  errors,
  onChange,
}: {
  draft: ChannelDraft;
  channel: Channel | null;
  errors: Readonly<Record<string, string>>;
  onChange: (change: Partial<ChannelDraft>) => void;
}) {
  const common = { errors, onConfig: (next: ChannelDraft['config']) => onChange({ config: next }) };
  const secret = (name: keyof ChannelDraft['secrets']): SecretDraft => ({
    value: secrets[name],
    isStored: channel?.secrets.includes(name) === true,
    onValue: (value) => onChange({ secrets: { ...secrets, [name]: value } }),
  });
  switch (config.kind) {
    case 'webhook':
      return <WebhookFields {...common} config={config} secret={secret('signing')} />;
    case 'email':
      return <EmailFields {...common} config={config} secret={secret('password')} />;
    case 'slack':
      return (
        <SlackFields
          {...common}
          config={config}
          channelId={channel?.id ?? null}
          botToken={secret('botToken')}
          signingSecret={secret('signingSecret')}
        />
      );
    case 'teams':
      return <TeamsFields {...common} config={config} secret={secret('workflowUrl')} />;
    case 'push':
      return <PushFields {...common} config={config} />;
    case 'jira':
      return <JiraFields {...common} config={config} secret={secret('apiToken')} />;
    case 'rest':
      return <RestFields {...common} config={config} secret={secret('headerValue')} />;
    default:
      return config satisfies never;
  }
}
