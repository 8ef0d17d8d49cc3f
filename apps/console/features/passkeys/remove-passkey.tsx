'use client';

import { passkeyListSchema, type Passkey, type PasskeyList } from '@holdpoint/contracts';
import { send } from '../../lib/api.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

export function RemovePasskey({
  passkey: { id, name },
  onRemoved,
  onClose,
}: {
  passkey: Passkey;
  onRemoved: (list: PasskeyList) => void;
  onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={`Remove ${name}?`}
      confirm="Remove it"
      testId="passkey-remove"
      onConfirm={async () =>
        onRemoved(await send('DELETE', `/api/passkeys/${id}`, {}, passkeyListSchema))
      }
      onClose={onClose}
    >
      It signs nothing from then on. What it signed before stays valid. Your device may go on
      offering it; remove it there, too.
    </ConfirmDialog>
  );
}
