'use client';

import {
  serviceIdentityInputSchema,
  serviceIdentityListSchema,
  type PersonRef,
  type ServiceIdentity,
  type ServiceIdentityList,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { fieldErrors, useSending } from '../../lib/use-sending.ts';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { PersonPicker } from './person-picker.tsx';

interface Props {
  /** `null`: a new one. */
  identity: ServiceIdentity | null;
  subject: string;
  issuer: string;
  onSaved: (list: ServiceIdentityList) => void;
  onClose: () => void;
}

export function ServiceIdentityDialog({ identity, issuer, onSaved, onClose, ...initial }: Props) {
  const isNew = identity === null;
  const [subject, setSubject] = useState(initial.subject);
  const [title, setTitle] = useState(identity?.title ?? initial.subject);
  const [owner, setOwner] = useState<PersonRef | null>(identity?.owner ?? null);
  const { sending, failure, errors, setErrors, start } = useSending();
  const submit = async () => {
    const input = serviceIdentityInputSchema.safeParse({
      issuer,
      subject,
      title,
      ownerKey: owner?.key ?? '',
    });
    setErrors({
      ...fieldErrors(input),
      ...(owner === null && { ownerKey: 'Choose who answers for it.' }),
    });
    if (!input.success) return;
    const { data } = input;
    const method = isNew ? 'POST' : 'PUT';
    await start(async () =>
      onSaved(await send(method, '/api/service-identities', data, serviceIdentityListSchema)),
    );
  };
  return (
    <FormDialog
      title={isNew ? 'Register a service identity' : identity.title}
      submit={isNew ? 'Register' : 'Save'}
      sending={sending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextField
        label="Subject"
        hint={
          isNew ? (
            <>
              Its tokens’ <code className="font-mono">sub</code>, or its client id, at{' '}
              <span className="break-all">{issuer}</span>.
            </>
          ) : (
            'To register another subject, remove this one.'
          )
        }
        value={subject}
        error={errors['subject'] ?? errors['issuer']}
        disabled={!isNew}
        maxLength={256}
        autoFocus={isNew && subject === ''}
        onValue={setSubject}
      />
      <TextField
        label="Title"
        hint="The name that reviewers read."
        value={title}
        error={errors['title']}
        maxLength={120}
        onValue={setTitle}
      />
      <PersonPicker
        label="Owner"
        hint="Answers for it, and can’t approve its calls. Somebody who has signed in here."
        value={owner}
        error={errors['ownerKey']}
        onValue={setOwner}
      />
      {!isNew && (
        <p className="text-sm text-muted">
          Calls that are held already keep the owner they were made under; the agent calls again.
        </p>
      )}
      <FailureNote failure={failure} />
    </FormDialog>
  );
}
