'use client';

import { TextField } from '../../ui/field.tsx';
import type { PushDraft } from './channel-draft.ts';
import { PrivateCheck } from './common-fields.tsx';

export function PushFields({
  config,
  errors,
  onConfig,
}: {
  config: PushDraft;
  errors: Readonly<Record<string, string>>;
  onConfig: (config: PushDraft) => void;
}) {
  return (
    <>
      <p className="text-sm text-muted">
        Each person who is asked is told in the browsers that they subscribe under Account. The key
        that signs is made here when the channel is added, and never shown.
      </p>
      <TextField
        label="Contact"
        hint="Whom a push service turns to about you: mailto:ops@example.com, or an https address."
        value={config.subject}
        error={errors['config.subject']}
        onValue={(subject) => onConfig({ ...config, subject })}
      />
      <PrivateCheck
        checked={config.allowPrivate}
        onValue={(allowPrivate) => onConfig({ ...config, allowPrivate })}
      />
    </>
  );
}
