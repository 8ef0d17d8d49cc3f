'use client';

import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';

/** A page that failed, inside the console's frame: the way to the other pages stays. */
export default function ConsolePageError({ reset }: { reset: () => void }) {
  return (
    <Page
      title="This page failed"
      intro="Nothing was decided or changed by that. Try again; if it fails again, reload."
    >
      <div>
        <Button look="primary" onClick={reset}>
          Try again
        </Button>
      </div>
    </Page>
  );
}
