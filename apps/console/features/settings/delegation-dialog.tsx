'use client';

import {
  DELEGATION_DAYS,
  delegationInputSchema,
  delegationListSchema,
  type DelegationList,
  type PersonRef,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { ChipsField } from '../../ui/chips-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { SignInFailure } from '../../ui/sign-in-failure.tsx';
import { PersonPicker } from './person-picker.tsx';

interface Props {
  onSaved: (list: DelegationList) => void;
  onClose: () => void;
}

/** Names a person, and for how long; the beginning is now unless one is given. */
export function DelegationDialog({ onSaved, onClose }: Props) {
  const [delegate, setDelegate] = useState<PersonRef | null>(null);
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [note, setNote] = useState('');
  const [connections, setConnections] = useState<readonly string[]>([]);
  const [chains, setChains] = useState<readonly string[]>([]);
  const { sending, failure, errors, setErrors, start } = useSending();
  const submit = async () => {
    const input = delegationInputSchema.safeParse({
      delegateKey: delegate?.key ?? '',
      from: from === '' ? null : instantOf(from),
      until: instantOf(until),
      note,
      connections,
      chains,
    });
    setErrors({
      ...(delegate === null && { delegateKey: 'Choose who decides in your place.' }),
      ...(until === '' && { until: 'Say until when.' }),
    });
    if (!input.success) return;
    const { data } = input;
    await start(async () =>
      onSaved(await send('POST', '/api/delegations', data, delegationListSchema)),
    );
  };
  return (
    <FormDialog
      title="Let somebody stand in for you"
      submit="Let them stand in"
      testId="delegate-confirm"
      sending={sending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <PersonPicker
        label="Who"
        hint="Somebody else who has signed in here. They decide in your place only while they have the reviewer role."
        value={delegate}
        error={errors['delegateKey']}
        onValue={setDelegate}
      />
      <TextField
        label="From"
        hint="Empty: from now on, as when you are out of office. Your own time."
        type="datetime-local"
        value={from}
        error={errors['from']}
        onValue={setFrom}
      />
      <TextField
        label="Until"
        hint={`At most ${DELEGATION_DAYS} days. You can end it at any time.`}
        type="datetime-local"
        value={until}
        error={errors['until']}
        onValue={setUntil}
      />
      <TextField
        label="Note"
        hint="For example: on holiday. Both of you and the admins read it."
        value={note}
        maxLength={300}
        onValue={setNote}
      />
      <ChipsField
        label="Only these connections"
        hint="Their short names; none: all."
        values={connections}
        error={errors['connections']}
        onValues={setConnections}
      />
      <ChipsField
        label="Only these chains"
        hint="As an approval’s page names them; none: all."
        values={chains}
        onValues={setChains}
      />
      <SignInFailure failure={failure} back="/settings" />
    </FormDialog>
  );
}

/** A local date and time as an instant; an empty text where it is none. */
function instantOf(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
