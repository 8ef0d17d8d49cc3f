'use client';

import { checkpointSchema } from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { DownloadLink } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';

const DAY_MS = 86_400_000;

/** A span of days in UTC, both included, as files that can be checked without this database. */
export function ExportCard() {
  const [from, setFrom] = useState(() => dayOf(Date.now() - 30 * DAY_MS));
  const [to, setTo] = useState(() => dayOf(Date.now()));
  const vkey = useApi('/api/audit/checkpoint', checkpointSchema).data?.vkey ?? 'KEY';
  // Quoted: a base64 key may hold what a shell would read.
  const verify = `npx holdpoint-verify EXPORT --checkpoint CHECKPOINT --vkey '${vkey}'`;
  const isSpan = from !== '' && to !== '' && from <= to;
  const query = isSpan ? spanQuery(from, to) : '';
  return (
    <Panel title="Export">
      <div className="flex flex-col gap-3">
        <div className="grid grid-cols-2 gap-3">
          <TextField label="From (UTC)" type="date" value={from} max={to} onValue={setFrom} />
          <TextField label="To, included" type="date" value={to} min={from} onValue={setTo} />
        </div>
        {isSpan ? (
          <div className="flex flex-wrap gap-2">
            <DownloadLink href={`/api/audit/export?${query}`}>Audit bundle</DownloadLink>
            <DownloadLink href={`/api/audit/approvals.csv?${query}`}>Approvals as CSV</DownloadLink>
          </div>
        ) : (
          <p role="alert" className="text-stop">
            The span ends before it begins.
          </p>
        )}
        <div>
          <p className="text-sm text-muted">
            Check a bundle offline, against a checkpoint that was kept elsewhere:
          </p>
          <div className="mt-1 flex flex-wrap items-center gap-2">
            <code className="min-w-0 font-mono text-sm break-all">{verify}</code>
            <CopyButton text={verify} label="Copy the command" />
          </div>
        </div>
      </div>
    </Panel>
  );
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function spanQuery(from: string, to: string): string {
  return new URLSearchParams({
    from: `${from}T00:00:00.000Z`,
    to: `${to}T23:59:59.999Z`,
  }).toString();
}
