'use client';

import type { EnrolmentCreated } from '@holdpoint/contracts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Countdown } from '../../ui/time.tsx';

/** The command that enrols one connector; its token is good for that once. */
export function MadeEnrolment({ made, onDone }: { made: EnrolmentCreated; onDone: () => void }) {
  return (
    <Notice live tone="hold" title="Run this on the connector’s machine. It is shown only now.">
      <pre className="mt-2 rounded-md border border-line bg-surface p-3 font-mono text-sm break-all whitespace-pre-wrap">
        {made.command}
      </pre>
      <div className="mt-2 flex flex-wrap items-center gap-3">
        <CopyButton text={made.command} label="Copy the command" shown="Copy the command" />
        <Button size="small" onClick={onDone}>
          I have it
        </Button>
        <span className="text-sm text-muted">
          It enrols one connector. <Countdown at={made.expiresAt} />
        </span>
      </div>
      <p className="mt-2 text-sm">
        Then start it with <code className="font-mono">npx holdpoint-connector run</code>; it shows
        up below as soon as it is connected.
      </p>
    </Notice>
  );
}
