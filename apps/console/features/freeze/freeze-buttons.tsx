'use client';

import type { Caller } from '@holdpoint/contracts';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { FreezeDialog, type FreezeTarget } from './freeze-dialog.tsx';
import { useFreezes, useMayFreeze } from './use-freezes.ts';

interface Props {
  caller: Caller;
  connection: { readonly id: string; readonly title: string };
}

/** Beside a call or a session: stops its caller, or its connection. Not where that is frozen already. */
export function FreezeButtons({ caller, connection }: Props) {
  const { some } = useMayFreeze();
  const { data } = useFreezes();
  const [target, setTarget] = useState<FreezeTarget>();
  if (!some) return null;
  const targets: readonly FreezeTarget[] = [
    { scope: 'caller', key: caller.key, title: caller.displayName },
    { scope: 'connection', key: connection.id, title: connection.title },
  ];
  const open = targets.filter(
    ({ scope, key }) => !data?.items.some((item) => item.scope === scope && item.key === key),
  );
  return (
    <div className="flex flex-wrap gap-2">
      {open.map((each) => (
        <Button key={each.scope} size="small" look="stop-outline" onClick={() => setTarget(each)}>
          <Icon name="snow" className="size-4" />{' '}
          {each.scope === 'caller' ? 'Freeze this caller…' : 'Freeze this connection…'}
        </Button>
      ))}
      {target !== undefined && (
        <FreezeDialog target={target} onClose={() => setTarget(undefined)} />
      )}
    </div>
  );
}
