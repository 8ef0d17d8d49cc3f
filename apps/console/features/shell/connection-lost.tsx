'use client';

import { useLive } from '../../lib/live.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';

export function ConnectionLost() {
  const { lost, reconnect } = useLive();
  return (
    <div role="status">
      {lost && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-hold-soft px-4 py-2 text-hold">
          <Icon name="warning" />
          <p className="flex-1">
            <strong>Live updates are interrupted.</strong> What you see may be old, so no verdict
            can be given until they are back. The page still asks every 30 seconds.
          </p>
          <Button size="small" onClick={reconnect}>
            Reconnect now
          </Button>
        </div>
      )}
    </div>
  );
}
