'use client';

import { rotaListSchema, type Rota, type RotaList } from '@holdpoint/contracts';
import { useState } from 'react';
import { plural } from '../../lib/format.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ChainAlarms } from '../chains/chain-alarms.tsx';
import { RemoveRota } from './remove-rota.tsx';
import { RotaDialog } from './rota-dialog.tsx';

type Open = { readonly kind: 'edit' | 'remove'; readonly rota: Rota } | { readonly kind: 'new' };

/** People who take turns in being on call. Admins change it, everyone with a role reads it. */
export function Rotas() {
  const { data, failure, retry, replace } = useApi('/api/rotas', rotaListSchema);
  const { data: me } = useMe();
  const isAdmin = me?.roles.includes('admin') === true;
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const onSaved = (list: RotaList) => {
    replace(list);
    close();
  };
  return (
    <Page
      title="Rotas"
      intro="People who take turns. A chain that names a rota asks whoever is on call when the verdict is given."
      action={
        isAdmin && (
          <Button look="primary" onClick={() => setOpen({ kind: 'new' })}>
            <Icon name="plus" className="size-4" /> Make a rota
          </Button>
        )
      }
    >
      {isAdmin && <ChainAlarms />}
      <Panel flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {data === undefined ? (
          failure === undefined && <Skeleton label="Loading rotas" />
        ) : data.items.length === 0 ? (
          <EmptyState title="No rota yet">
            <p>Chains then ask groups and people.</p>
            {!isAdmin && <p>An admin makes rotas here.</p>}
          </EmptyState>
        ) : (
          <ul aria-label="Rotas">
            {data.items.map((rota) => (
              <Row
                key={rota.name}
                rota={rota}
                onOpen={isAdmin ? (kind) => setOpen({ kind, rota }) : null}
              />
            ))}
          </ul>
        )}
      </Panel>
      {isAdmin && open !== undefined && open.kind !== 'remove' && (
        <RotaDialog
          rota={open.kind === 'edit' ? open.rota : null}
          onSaved={onSaved}
          onClose={close}
        />
      )}
      {isAdmin && open?.kind === 'remove' && (
        <RemoveRota rota={open.rota} onRemoved={onSaved} onClose={close} />
      )}
    </Page>
  );
}

function Row({ rota, onOpen }: { rota: Rota; onOpen: ((kind: 'edit' | 'remove') => void) | null }) {
  const { name, title, shift, handOver, timeZone, people, names, onCall } = rota;
  const nameOf = (key: string) => names.find((person) => person.key === key)?.name ?? key;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <span className="flex min-w-0 flex-1 basis-56 flex-col">
        <strong className="font-semibold break-words">
          <VisibleText text={title} />
        </strong>
        <code className="font-mono text-sm break-all text-muted">{name}</code>
        <span className="text-sm text-muted">
          {shift === 'daily' ? 'Changes every day' : 'Changes every week'} at {handOver}, {timeZone}
        </span>
      </span>
      <span className="flex min-w-0 flex-1 basis-56 flex-col">
        {onCall === null ? (
          <span className="font-medium text-stop">Nobody is on call</span>
        ) : (
          <span className="break-words">
            <strong className="font-semibold">
              <VisibleText text={onCall.person.name} />
            </strong>{' '}
            is on call until <Utc at={onCall.until} />
          </span>
        )}
        <span className="text-sm break-words text-muted">
          {plural(people.length, 'person', 'people')}
          {people.length > 0 && ': '}
          <VisibleText text={people.map(nameOf).join(', ')} />
        </span>
      </span>
      {onOpen !== null && (
        <span className="flex gap-2">
          <Button size="small" aria-label={`Edit ${title}`} onClick={() => onOpen('edit')}>
            Edit…
          </Button>
          <Button
            size="small"
            look="stop-outline"
            aria-label={`Remove ${title}`}
            onClick={() => onOpen('remove')}
          >
            Remove…
          </Button>
        </span>
      )}
    </li>
  );
}
