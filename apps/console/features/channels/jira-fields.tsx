'use client';

import { CheckField, TextField } from '../../ui/field.tsx';
import type { JiraDraft } from './channel-draft.ts';
import { CommonChecks, type FieldsProps } from './common-fields.tsx';
import { SecretField } from './secret-field.tsx';

export function JiraFields({ config, secret, errors, onConfig }: FieldsProps<JiraDraft>) {
  const set = (change: Partial<JiraDraft>) => onConfig({ ...config, ...change });
  return (
    <>
      <TextField
        label="Site"
        hint="Such as https://example.atlassian.net."
        type="url"
        inputMode="url"
        value={config.site}
        error={errors['config.site']}
        onValue={(site) => set({ site })}
      />
      <div className="grid gap-4 md:grid-cols-2">
        <TextField
          label="Account"
          hint="The e-mail address that the API token belongs to. Empty: the token goes as a bearer."
          autoComplete="off"
          value={config.user}
          error={errors['config.user']}
          onValue={(user) => set({ user })}
        />
        <SecretField label="API token" secret={secret} error={errors['secrets.apiToken']} />
        <TextField
          label="Project"
          hint="Its key, such as OPS."
          value={config.project}
          error={errors['config.project']}
          onValue={(project) => set({ project })}
        />
        <TextField
          label="Issue type"
          value={config.issueType}
          error={errors['config.issueType']}
          onValue={(issueType) => set({ issueType })}
        />
      </div>
      <TextField
        label="Status of settled tickets"
        hint="Where tickets are moved that ask nobody any more, such as Done. Empty: they stay where they are."
        value={config.settledStatus}
        error={errors['config.settledStatus']}
        onValue={(settledStatus) => set({ settledStatus })}
      />
      <CheckField
        label="Moving a ticket decides"
        hint="By people who tied their Jira account to themselves. Its page names the address for Jira’s webhook, and the secret for it is shown once."
        checked={config.verdicts !== null}
        onValue={(checked) =>
          set({ verdicts: checked ? { approved: 'Approved', denied: 'Denied' } : null })
        }
      />
      {config.verdicts !== null && (
        <VerdictFields
          verdicts={config.verdicts}
          errors={errors}
          onVerdicts={(verdicts) => set({ verdicts })}
        />
      )}
      <CommonChecks config={config} onChange={set} />
    </>
  );
}

type Verdicts = NonNullable<JiraDraft['verdicts']>;

function VerdictFields({
  verdicts,
  errors,
  onVerdicts,
}: {
  verdicts: Verdicts;
  errors: Readonly<Record<string, string>>;
  onVerdicts: (verdicts: Verdicts) => void;
}) {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <TextField
        label="Status that approves"
        value={verdicts.approved}
        error={errors['config.verdicts.approved']}
        onValue={(approved) => onVerdicts({ ...verdicts, approved })}
      />
      <TextField
        label="Status that denies"
        value={verdicts.denied}
        error={errors['config.verdicts.denied']}
        onValue={(denied) => onVerdicts({ ...verdicts, denied })}
      />
    </div>
  );
}
