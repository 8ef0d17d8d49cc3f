'use client';

import {
  serviceIdentityInputSchema,
  serviceIdentityListSchema,
  type PersonRef,
  type ServiceIdentity,
  type ServiceIdentityList,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
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

export function ServiceIdentityDialog({ identity, issuer, onSaved, onClose, ...start }: Props) {
  const isNew = identity === null;
  const [subject, setSubject] = useState(start.subject);
  const [title, setTitle] = useState(identity?.title ?? start.subject);
  const [owner, setOwner] = useState<PersonRef | null>(identity?.owner ?? null);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const submit = async () => {
    const input = serviceIdentityInputSchema.safeParse({
      issuer,
      subject,
      title,
      ownerKey: owner?.key ?? '',
    });
    const issues = input.error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? [];
    setErrors({
      ...Object.fromEntries(issues),
      ...(owner === null && { ownerKey: 'Choose who answers for it.' }),
    });
    if (!input.success) return;
    setSending(true);
    setFailure(undefined);
    try {
      const method = isNew ? 'POST' : 'PUT';
      onSaved(await send(method, '/api/service-identities', input.data, serviceIdentityListSchema));
    } catch (caught) {
      const refused = toFailure(caught);
      setFailure(refused);
      setErrors(refused.fields);
      setSending(false);
    }
  };
  return (
    <Dialog title={isNew ? 'Register a service identity' : identity.title} onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
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
        <div className="flex gap-3">
          <Button type="submit" look="primary" disabled={sending}>
            {isNew ? 'Register' : 'Save'}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
