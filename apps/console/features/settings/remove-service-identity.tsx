'use client';

import {
  serviceIdentityListSchema,
  type ServiceIdentity,
  type ServiceIdentityList,
} from '@holdpoint/contracts';
import { send } from '../../lib/api.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

export function RemoveServiceIdentity({
  identity: { issuer, subject, title },
  onRemoved,
  onClose,
}: {
  identity: ServiceIdentity;
  onRemoved: (list: ServiceIdentityList) => void;
  onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={`Remove ${title}?`}
      confirm="Remove it"

      onConfirm={async () =>
        onRemoved(
          await send(
            'DELETE',
            `/api/service-identities?${new URLSearchParams({ issuer, subject })}`,
            {},
            serviceIdentityListSchema,
          ),
        )
      }
      onClose={onClose}
    >
      Nobody owns <code className="font-mono break-all">{subject}</code> then. It can still call,
      but a hold of an unowned service can’t be approved.
    </ConfirmDialog>
  );
}
