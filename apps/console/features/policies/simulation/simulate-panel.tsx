'use client';

import { MAX_SIMULATED_CALLS, type SimulationInput } from '@holdpoint/contracts';
import { useState } from 'react';
import { Notice } from '../../../ui/badge.tsx';
import { Button } from '../../../ui/button.tsx';
import { ChipsField } from '../../../ui/chips-field.tsx';
import { SelectField } from '../../../ui/field.tsx';
import { Panel } from '../../../ui/page.tsx';
import { FailureNote } from '../../../ui/states.tsx';
import { SimulationOutcome } from './simulation-outcome.tsx';
import { useSimulation } from './use-simulation.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const SPANS = [
  { value: 'last-1000', text: 'The last 1,000 calls' },
  { value: 'last-10000', text: 'The last 10,000 calls' },
  { value: 'last-100000', text: `The last ${MAX_SIMULATED_CALLS.toLocaleString('en')} calls` },
  { value: 'days-1', text: 'The last day' },
  { value: 'days-7', text: 'The last 7 days' },
  { value: 'days-30', text: 'The last 30 days' },
] as const;
type Span = (typeof SPANS)[number]['value'];

function spanOf(span: Span): SimulationInput['span'] {
  const [kind, number] = span.split('-');
  const count = Number(number);
  if (kind === 'last') return { last: count };
  const now = Date.now();
  return { from: new Date(now - count * DAY_MS).toISOString(), to: new Date(now).toISOString() };
}

/** The draft against recorded calls: what would change if it were published. */
export function SimulatePanel({ source }: { source: string }) {
  const [span, setSpan] = useState<Span>('last-10000');
  const [connections, setConnections] = useState<readonly string[]>([]);
  const { run, start, cancel } = useSimulation();
  const isRunning = run.state === 'running';

  return (
    <Panel title="Simulate">
      <div className="flex flex-col gap-4">
        <p className="max-w-prose text-muted">
          Judges calls that were recorded, by what is in force and by your text. Nothing is sent to
          any connection, and nobody is asked.
        </p>
        <form
          className="grid items-start gap-4 sm:grid-cols-[minmax(0,14rem)_minmax(0,1fr)]"
          onSubmit={(event) => {
            event.preventDefault();
            const chosen = connections.length > 0 && { connections: [...connections] };
            start({ source, span: spanOf(span), ...chosen });
          }}
        >
          <SelectField label="Which calls" value={span} options={SPANS} onValue={setSpan} />
          <ChipsField
            label="On connections"
            hint="Names as in their address. Leave it empty for all."
            values={connections}
            onValues={setConnections}
          />
          <div className="flex flex-wrap items-center gap-3 sm:col-span-2">
            <Button type="submit" look="primary" disabled={isRunning}>
              {run.state === 'done' ? 'Simulate again' : 'Simulate'}
            </Button>
            {isRunning && <Button onClick={cancel}>Cancel</Button>}
          </div>
        </form>
        {run.state === 'running' && <Progress judged={run.judged} total={run.total} />}
        {run.state === 'failed' && <FailureNote failure={run.failure} />}
        {run.state === 'done' && (
          <>
            {run.source !== source && (
              <Notice tone="hold" title="The text has changed since.">
                <p>This is what an earlier text of yours would do. Simulate again.</p>
              </Notice>
            )}
            <SimulationOutcome result={run.result} />
          </>
        )}
      </div>
    </Panel>
  );
}

function Progress({ judged, total }: { judged: number; total: number }) {
  return (
    <div className="flex flex-col gap-1">
      <progress
        aria-label="Simulation"
        className="h-2 w-full accent-(--accent)"
        value={total === 0 ? undefined : judged}
        max={Math.max(total, 1)}
      />
      <p className="text-sm text-muted" role="status">
        {total === 0
          ? 'Looking for recorded calls…'
          : `${judged.toLocaleString('en')} of ${total.toLocaleString('en')} calls judged`}
      </p>
    </div>
  );
}
