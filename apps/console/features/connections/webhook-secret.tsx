'use client';

import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';

/** Shown once, right after it was made: the gateway keeps it encrypted and never gives it out again. */
export function WebhookSecret({ secret, onDone }: { secret: string; onDone: () => void }) {
  return (
    <Notice live tone="hold" title="The webhook’s secret. It is shown only now.">
      <p>Your receiver checks each delivery’s signature with it.</p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <code className="font-mono text-sm break-all">{secret}</code>
        <CopyButton text={secret} label="Copy the webhook secret" />
        <Button size="small" onClick={onDone}>
          I have kept it
        </Button>
      </div>
    </Notice>
  );
}
