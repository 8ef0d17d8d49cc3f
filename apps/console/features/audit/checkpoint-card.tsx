'use client';

import { checkpointSchema, type Checkpoint } from '@holdpoint/contracts';
import { download } from '../../lib/download.ts';
import { useApi } from '../../lib/use-api.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Fact, Facts, Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';

export function CheckpointCard() {
  const { data, failure, retry } = useApi('/api/audit/checkpoint', checkpointSchema);
  return (
    <Panel title="Newest checkpoint">
      {data === undefined ? (
        failure === undefined ? (
          <Skeleton rows={2} label="Loading the checkpoint" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )
      ) : (
        <Loaded checkpoint={data} />
      )}
    </Panel>
  );
}

function Loaded({ checkpoint }: { checkpoint: Checkpoint }) {
  return (
    <div className="flex flex-col gap-3">
      <Facts>
        <Fact name="Entries">{checkpoint.size.toLocaleString('en')}</Fact>
        <Fact name="Signed">
          <Ago at={checkpoint.at} />
        </Fact>
        <Fact name="Root">
          <code className="font-mono text-sm break-all">{checkpoint.root}</code>
        </Fact>
        <Fact name="Key">
          <code className="font-mono text-sm break-all">{checkpoint.vkey}</code>
        </Fact>
        <Fact name="Kept outside">
          {checkpoint.keptIn === null ? (
            <span className="text-stop">
              nowhere: truncation and a rewritten history are not excluded. Keep this one yourself.
            </span>
          ) : (
            <code className="font-mono text-sm break-all">{checkpoint.keptIn}</code>
          )}
        </Fact>
      </Facts>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={checkpoint.vkey} label="Copy the key" shown="Copy the key" />
        <Button
          size="small"
          // The note exactly as it was loaded: a signature is over bytes.
          onClick={() => download(`checkpoint-${checkpoint.size}.txt`, checkpoint.note)}
        >
          Download the signed note
        </Button>
      </div>
    </div>
  );
}
