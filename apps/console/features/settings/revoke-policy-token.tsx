'use client';

import {
  policyTokenListSchema,
  type PolicyToken,
  type PolicyTokenList,
} from '@holdpoint/contracts';
import { send } from '../../lib/api.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

export function RevokePolicyToken({
  token: { id, title },
  onRevoked,
  onClose,
}: {
  token: PolicyToken;
  onRevoked: (list: PolicyTokenList) => void;
  onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={`Revoke ${title}?`}
      confirm="Revoke it"

      onConfirm={async () =>
        onRevoked(await send('DELETE', `/api/policy-tokens/${id}`, {}, policyTokenListSchema))
      }
      onClose={onClose}
    >
      Its pipeline can do nothing with it from then on. What it published stays in force. A revoked
      token can’t be used again; make a new one.
    </ConfirmDialog>
  );
}
