'use client';

import { passkeyNameSchema, type PasskeyList } from '@holdpoint/contracts';
import { useState } from 'react';
import { toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { addPasskey } from './authenticator.ts';

export function AddPasskey({
  onAdded,
  onClose,
}: {
  onAdded: (list: PasskeyList) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState('');
  const [error, setError] = useState<string>();
  const [waiting, setWaiting] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();

  const add = async () => {
    const parsed = passkeyNameSchema.safeParse(name);
    setError(parsed.error?.issues[0]?.message);
    if (!parsed.success) return;
    setWaiting(true);
    setFailure(undefined);
    try {
      onAdded(await addPasskey(parsed.data));
    } catch (caught) {
      setFailure(toFailure(caught));
      setWaiting(false);
    }
  };
  return (
    <Dialog title="Add a passkey" onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <TextField
          label="Name"
          hint="The device that it is on, such as “Work laptop”."
          value={name}
          error={error}
          maxLength={80}
          autoFocus
          onValue={setName}
        />
        <FailureNote failure={failure} />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" disabled={waiting} data-testid="passkey-create">
            {waiting ? 'Waiting for your authenticator…' : 'Continue'}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
        <p role="status" className="text-sm text-muted">
          {waiting
            ? 'Your browser asks you to confirm with your device’s lock or a security key.'
            : 'Your browser asks next.'}
        </p>
      </form>
    </Dialog>
  );
}
