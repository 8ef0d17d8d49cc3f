'use client';

import {
  connectionListSchema,
  recentCallersSchema,
  visibleString,
  type Freeze,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FilterField } from '../../ui/field.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import type { FreezeTarget } from './freeze-dialog.tsx';
import { FREEZES_PATH } from './use-freezes.ts';

interface Choice {
  readonly target: FreezeTarget;
  readonly detail: string;
  readonly lastSeenAt: string | null;
}

/** Everybody who called lately and every connection, narrowed by typing. */
export function FreezeChooser({
  frozen,
  onChosen,
  onClose,
}: {
  frozen: readonly Freeze[];
  onChosen: (target: FreezeTarget) => void;
  onClose: () => void;
}) {
  const callers = useApi(`${FREEZES_PATH}/callers`, recentCallersSchema);
  const connections = useApi('/api/connections', connectionListSchema);
  const [text, setText] = useState('');
  const failure = callers.failure ?? connections.failure;
  const choices: readonly Choice[] = [
    ...(connections.data?.items ?? []).map(({ id, title, slug }) => ({
      target: { scope: 'connection' as const, key: id, title },
      detail: `connection ${slug}`,
      lastSeenAt: null,
    })),
    ...(callers.data?.items ?? []).map(({ key, name, kind, lastSeenAt }) => ({
      target: { scope: 'caller' as const, key, title: name },
      detail: `${kind === 'service' ? 'service identity' : 'a person’s agent'} ${key}`,
      lastSeenAt,
    })),
  ];
  const wanted = text.trim().toLowerCase();
  const shown = choices.filter(
    ({ target, detail }) =>
      `${target.title} ${detail}`.toLowerCase().includes(wanted) &&
      !frozen.some(({ scope, key }) => scope === target.scope && key === target.key),
  );
  const isLoaded = callers.data !== undefined && connections.data !== undefined;
  return (
    <Dialog title="Freeze what?" onClose={onClose}>
      <div className="flex flex-col gap-3">
        <FilterField
          label="Find a caller or a connection"
          value={text}
          maxLength={200}
          onValue={setText}
        />
        {failure !== undefined && (
          <ErrorState
            failure={failure}
            onRetry={() => {
              callers.retry();
              connections.retry();
            }}
          />
        )}
        {!isLoaded && failure === undefined && <Skeleton label="Loading callers and connections" />}
        {isLoaded && shown.length === 0 && (
          <p className="text-muted">Nothing that can be frozen is called that.</p>
        )}
        <ul
          aria-label="Callers and connections"
          className="max-h-72 overflow-auto rounded-md border border-line empty:hidden"
        >
          {shown.map(({ target, detail, lastSeenAt }) => (
            <li
              key={`${target.scope} ${target.key}`}
              className="flex items-center gap-3 border-b border-line px-3 py-2 last:border-b-0"
            >
              <span className="min-w-0 flex-1 break-words">
                <VisibleText text={target.title} />
                <span className="block text-sm break-all text-muted">
                  <VisibleText text={detail} />
                  {lastSeenAt !== null && (
                    <>
                      , <Ago at={lastSeenAt} />
                    </>
                  )}
                </span>
              </span>
              <Button
                size="small"
                look="stop-outline"
                aria-label={`Freeze ${visibleString(target.title)}…`}
                onClick={() => onChosen(target)}
              >
                Freeze…
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
