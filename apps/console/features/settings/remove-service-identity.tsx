'use client';

import {
  serviceIdentityListSchema,
  type ServiceIdentity,
  type ServiceIdentityList,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';

export function RemoveServiceIdentity({
  identity: { issuer, subject, title },
  onRemoved,
  onClose,
}: {
  identity: ServiceIdentity;
  onRemoved: (list: ServiceIdentityList) => void;
  onClose: () => void;
}) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const remove = async () => {
    setSending(true);
    setFailure(undefined);
    try {
      const path = `/api/service-identities?${new URLSearchParams({ issuer, subject })}`;
      onRemoved(await send('DELETE', path, {}, serviceIdentityListSchema));
    } catch (error) {
      setFailure(toFailure(error));
      setSending(false);
    }
  };
  return (
    <Dialog title={`Remove ${title}?`} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <p>
          Nobody owns <code className="font-mono break-all">{subject}</code> then. It can still
          call, but a hold of an unowned service can’t be approved.
        </p>
        <FailureNote failure={failure} />
        <div className="flex gap-3">
          <Button look="stop" disabled={sending} onClick={() => void remove()}>
            Remove it
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </div>
    </Dialog>
  );
}
