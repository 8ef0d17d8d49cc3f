'use client';

import {
  policyTokenCreatedSchema,
  policyTokenInputSchema,
  type PolicyTokenCreated,
  type PolicyTokenScope,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { fieldErrors, useSending } from '../../lib/use-sending.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';

const SCOPES: readonly { readonly value: PolicyTokenScope; readonly text: string }[] = [
  { value: 'read', text: 'Compare: reads the policy in force' },
  { value: 'propose', text: 'Propose: an admin publishes it in the console' },
  { value: 'publish', text: 'Publish: in force at once' },
];

export function NewPolicyToken({
  onMade,
  onClose,
}: {
  onMade: (made: PolicyTokenCreated) => void;
  onClose: () => void;
}) {
  const [title, setTitle] = useState('');
  const [scope, setScope] = useState<PolicyTokenScope>('propose');
  const [days, setDays] = useState('90');
  const { sending, failure, errors, setErrors, start } = useSending();

  const make = async () => {
    const input = policyTokenInputSchema.safeParse({ title, scope, days: Number(days) });
    setErrors(fieldErrors(input));
    if (!input.success) return;
    await start(async () =>
      onMade(await send('POST', '/api/policy-tokens', input.data, policyTokenCreatedSchema)),
    );
  };
  return (
    <FormDialog
      title="Make a policy token"
      submit="Make it"
      sending={sending}
      onSubmit={() => void make()}
      onClose={onClose}
    >
      <TextField
        label="For"
        hint="The pipeline or repository that gets it."
        value={title}
        error={errors['title']}
        maxLength={120}
        autoFocus
        onValue={setTitle}
      />
      <SelectField label="It may" value={scope} options={SCOPES} onValue={setScope} />
      <TextField
        label="Days until it expires"
        inputMode="numeric"
        value={days}
        error={errors['days']}
        onValue={setDays}
      />
      <FailureNote failure={failure} />
    </FormDialog>
  );
}
