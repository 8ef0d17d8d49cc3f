'use client';

import { PlainPage } from '../features/shell/plain-page.tsx';
import { Button } from '../ui/button.tsx';

export default function PageError({ reset }: { reset: () => void }) {
  return (
    <PlainPage title="This page failed">
      <p>Nothing was decided or changed by that. Try again; if it fails again, reload.</p>
      <div className="flex gap-2">
        <Button look="primary" onClick={reset}>
          Try again
        </Button>
        <Button onClick={() => window.location.reload()}>Reload</Button>
      </div>
    </PlainPage>
  );
}
