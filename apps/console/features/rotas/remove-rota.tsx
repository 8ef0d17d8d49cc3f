'use client';

import { rotaListSchema, type Rota, type RotaList } from '@holdpoint/contracts';
import { send } from '../../lib/api.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

export function RemoveRota({
  rota: { name, title },
  onRemoved,
  onClose,
}: {
  rota: Rota;
  onRemoved: (list: RotaList) => void;
  onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={`Remove ${title}?`}
      confirm="Remove it"

      onConfirm={async () =>
        onRemoved(await send('DELETE', `/api/rotas/${name}`, {}, rotaListSchema))
      }
      onClose={onClose}
    >
      A chain that names <code className="font-mono break-all">{name}</code> finds nobody there
      then. Where a step names nobody else, the calls that it would hold are denied.
    </ConfirmDialog>
  );
}
