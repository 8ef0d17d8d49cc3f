'use client';

import { connectorLogSchema, type Connector, type ConnectorLogLine } from '@holdpoint/contracts';
import { useEffect, useRef } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** The newest lines of a connector and its servers, as they come. */
export function ConnectorLogDialog({
  connector,
  onClose,
}: {
  connector: Connector;
  onClose: () => void;
}) {
  const { data, failure, retry } = useApi(
    `/api/connectors/${connector.id}/log`,
    connectorLogSchema,
  );
  return (
    <Dialog wide title={`Log of ${connector.name}`} onClose={onClose}>
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      {data === undefined ? (
        failure === undefined && <Skeleton label="Loading the log" />
      ) : data.lines.length === 0 ? (
        <EmptyState title="No line yet">
          <p>What the connector and its servers’ stderr say shows up here.</p>
        </EmptyState>
      ) : (
        <Lines lines={data.lines} />
      )}
    </Dialog>
  );
}

const TONE: Readonly<Record<ConnectorLogLine['level'], string>> = {
  info: 'text-muted',
  warn: 'text-hold font-semibold',
  error: 'text-stop font-semibold',
};

function Lines({ lines }: { lines: readonly ConnectorLogLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  // New lines push the view along only for who looks at the end.
  useEffect(() => {
    if (follows.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <div
      ref={box}
      role="log"
      aria-label="Newest lines"
      tabIndex={0}
      className="max-h-[60dvh] overflow-auto rounded-md border border-line bg-raised p-3 font-mono text-sm"
      onScroll={({ currentTarget }) => {
        const { scrollHeight, scrollTop, clientHeight } = currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {lines.map((line, index) => (
        <p key={`${line.at}/${index}`} className="break-words whitespace-pre-wrap">
          <span className="text-muted">
            <ClockTime at={line.at} />
          </span>{' '}
          <span className={TONE[line.level]}>{line.level}</span>{' '}
          {line.server !== null && <span className="text-accent">{line.server} </span>}
          <VisibleText text={line.text} />
        </p>
      ))}
    </div>
  );
}
