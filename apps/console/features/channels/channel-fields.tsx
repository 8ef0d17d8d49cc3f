'use client';

import { ChipsField } from '../../ui/chips-field.tsx';
import { CheckField, SelectField, TextAreaField, TextField } from '../../ui/field.tsx';
import type { EmailDraft, TeamsDraft, WebhookDraft } from './channel-draft.ts';
import { CommonChecks, type FieldsProps } from './common-fields.tsx';
import { SecretField } from './secret-field.tsx';

export function WebhookFields({ config, secret, errors, onConfig }: FieldsProps<WebhookDraft>) {
  const set = (change: Partial<WebhookDraft>) => onConfig({ ...config, ...change });
  return (
    <>
      <TextField
        label="Address"
        type="url"
        inputMode="url"
        value={config.url}
        error={errors['config.url']}
        onValue={(url) => set({ url })}
      />
      <SecretField
        label="Signing secret"
        hint="Empty: one is made, and shown once. It begins with whsec_."
        secret={secret}
        error={errors['secrets.signing']}
      />
      <CheckField
        label="Verdicts may come back"
        hint="Signed with a second secret, which is made then and shown once. Without this tick it goes, and nobody decides by this channel."
        checked={config.verdicts}
        onValue={(verdicts) => set({ verdicts })}
      />
      <CommonChecks config={config} onChange={set} />
    </>
  );
}

const SECURITY = [
  { value: 'tls', text: 'TLS from the first byte' },
  { value: 'starttls', text: 'STARTTLS, required' },
  { value: 'none', text: 'None (a private relay, without a sign-in)' },
] as const;
const PORTS = { tls: '465', starttls: '587', none: '25' } as const;

export function EmailFields({ config, secret, errors, onConfig }: FieldsProps<EmailDraft>) {
  const set = (change: Partial<EmailDraft>) => onConfig({ ...config, ...change });
  const faultIn = (list: string) =>
    Object.entries(errors).find(([path]) => path === list || path.startsWith(`${list}.`))?.[1];
  return (
    <>
      <div className="grid gap-4 md:grid-cols-[2fr_1fr_2fr]">
        <TextField
          label="Mail server"
          value={config.host}
          error={errors['config.host']}
          onValue={(host) => set({ host })}
        />
        <TextField
          label="Port"
          inputMode="numeric"
          value={config.port}
          error={errors['config.port']}
          onValue={(port) => set({ port })}
        />
        <SelectField
          label="Encryption"
          value={config.security}
          options={SECURITY}
          error={errors['config.security']}
          onValue={(security) =>
            // A port that somebody typed stays.
            set({
              security,
              ...(config.port === PORTS[config.security] && { port: PORTS[security] }),
            })
          }
        />
      </div>
      <div className="grid gap-4 md:grid-cols-2">
        <TextField
          label="User"
          hint="Empty where the server asks for no sign-in."
          autoComplete="off"
          value={config.user}
          error={errors['config.user']}
          onValue={(user) => set({ user })}
        />
        <SecretField label="Password" secret={secret} error={errors['secrets.password']} />
      </div>
      <TextField
        label="From"
        type="email"
        value={config.from}
        error={errors['config.from']}
        onValue={(from) => set({ from })}
      />
      <ChipsField
        label="To"
        hint="Addresses of lists or people. Enter or a comma adds one."
        values={config.to}
        error={faultIn('config.to')}
        onValues={(to) => set({ to: [...to] })}
      />
      <CheckField
        label="Also to each person who is asked"
        hint="A mail of their own, at the address that the identity provider said."
        checked={config.toReviewers}
        onValue={(toReviewers) => set({ toReviewers })}
      />
      <TextAreaField
        label="Certificate authority"
        hint="In PEM, where no public authority signed the server’s certificate. Mostly empty."
        value={config.authority}
        error={errors['config.authority']}
        onValue={(authority) => set({ authority })}
      />
      <CommonChecks config={config} onChange={set} />
    </>
  );
}

export function TeamsFields({ config, secret, errors, onConfig }: FieldsProps<TeamsDraft>) {
  return (
    <>
      <SecretField
        label="Address of the workflow"
        hint="Whoever has it can post there, so it is sealed and never shown again."
        secret={secret}
        error={errors['secrets.workflowUrl']}
      />
      <CommonChecks config={config} onChange={(change) => onConfig({ ...config, ...change })} />
    </>
  );
}
