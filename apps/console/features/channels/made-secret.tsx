'use client';

import type { ChannelSaved } from '@holdpoint/contracts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';

/** What the gateway made and shows this once. */
export function MadeSecrets({
  made: { signing, callback },
  onDone,
}: {
  made: ChannelSaved['made'];
  onDone: () => void;
}) {
  if (signing === undefined && callback === undefined) return null;
  const isBoth = signing !== undefined && callback !== undefined;
  return (
    <Notice live tone="hold" title={isBoth ? `Two secrets. ${ONLY_NOW}` : `A secret. ${ONLY_NOW}`}>
      {signing !== undefined && (
        <Secret
          secret={signing}
          copy="Copy the signing secret"
          use="The signing secret: the receiver verifies with it that a message is from here."
        />
      )}
      {callback !== undefined && (
        <Secret
          secret={callback}
          copy="Copy the secret for verdicts"
          use="The secret for verdicts: the receiver signs with it what comes back. It is as good as a verdict of everybody who tied an account."
        />
      )}
      <div className="mt-3">
        <Button size="small" onClick={onDone}>
          {isBoth ? 'I have kept both' : 'I have kept it'}
        </Button>
      </div>
    </Notice>
  );
}

const ONLY_NOW = 'Shown only now.';

function Secret({ secret, copy, use }: { secret: string; copy: string; use: string }) {
  return (
    <div className="mt-2">
      <p>{use}</p>
      <div className="mt-1 flex flex-wrap items-center gap-2">
        <code className="font-mono text-sm break-all">{secret}</code>
        <CopyButton text={secret} label={copy} />
      </div>
    </div>
  );
}
