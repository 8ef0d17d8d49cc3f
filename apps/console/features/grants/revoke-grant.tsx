'use client';

import { grantListSchema, type Grant, type GrantList } from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { FailureNote } from '../../ui/states.tsx';

export function RevokeGrant({
  grant,
  onRevoked,
  onClose,
}: {
  grant: Grant;
  onRevoked: (list: GrantList) => void;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const revoke = async () => {
    setSending(true);
    setFailure(undefined);
    try {
      const path = `/api/grants/${encodeURIComponent(grant.id)}/revoke`;
      onRevoked(await send('POST', path, { reason: reason.trim() }, grantListSchema));
    } catch (error) {
      setFailure(toFailure(error));
      setSending(false);
    }
  };
  return (
    <Dialog title="Revoke this grant?" onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== '' && !sending) void revoke();
        }}
      >
        <p>From then on its calls are held again. What it let through has run.</p>
        <TextField
          label="Why"
          hint="It stays in the audit log."
          value={reason}
          onValue={setReason}
          maxLength={2000}
          required
        />
        <FailureNote failure={failure} />
        <div className="flex gap-3">
          <Button type="submit" look="stop" disabled={sending || reason.trim() === ''}>
            Revoke it
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
