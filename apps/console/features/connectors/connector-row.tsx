'use client';

import type { Connector, ConnectorServer, ConnectorSite } from '@holdpoint/contracts';
import { plural } from '../../lib/format.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Ago, Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import type { OpenDialog } from './connectors-page.tsx';

const STATES: Readonly<Record<Connector['state'], readonly [Tone, string]>> = {
  connected: ['go', 'connected'],
  draining: ['hold', 'stopping'],
  offline: ['neutral', 'not connected'],
  revoked: ['stop', 'revoked'],
};

export function ConnectorRow({
  connector,
  site,
  isAdmin,
  onOpen,
}: {
  connector: Connector;
  site: ConnectorSite;
  isAdmin: boolean;
  onOpen: (dialog: OpenDialog) => void;
}) {
  const { name, state, servers, lastError, version } = connector;
  const [tone, word] = STATES[state];
  return (
    <li className="flex flex-col gap-2 border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <span className="flex min-w-0 flex-1 basis-64 flex-col">
          <span className="flex flex-wrap items-center gap-2">
            <strong className="font-semibold break-words">
              <VisibleText text={name} />
            </strong>
            <Badge tone={tone}>{word}</Badge>
            {version !== null && (
              <span className="text-sm text-muted">
                version <VisibleText text={version} />
              </span>
            )}
          </span>
          <span className="text-sm text-muted">
            <Standing connector={connector} />
          </span>
        </span>
        {isAdmin && (
          <span className="flex flex-wrap gap-2">
            <Button
              size="small"
              aria-label={`Log of ${name}`}
              onClick={() => onOpen({ kind: 'log', connector })}
            >
              Log
            </Button>
            <Button
              size="small"
              aria-label={`Rename ${name}`}
              onClick={() => onOpen({ kind: 'rename', connector })}
            >
              Rename…
            </Button>
            {state === 'revoked' ? (
              <Button
                size="small"
                aria-label={`Remove ${name}`}
                onClick={() => onOpen({ kind: 'remove', connector, site })}
              >
                Remove…
              </Button>
            ) : (
              <Button
                size="small"
                look="stop-outline"
                aria-label={`Revoke ${name}`}
                onClick={() => onOpen({ kind: 'revoke', connector, site })}
              >
                Revoke…
              </Button>
            )}
          </span>
        )}
      </div>
      {lastError !== null && state !== 'revoked' && (
        <p className="text-sm text-stop">
          <span className="sr-only">Last error: </span>
          <VisibleText text={lastError} />
        </p>
      )}
      {servers.length > 0 && (
        <ul aria-label={`Servers of ${name}`} className="flex flex-wrap gap-x-4 gap-y-1">
          {servers.map((server) => (
            <Server key={server.name} server={server} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Standing({ connector }: { connector: Connector }) {
  const { state, links, openStreams, lastSeenAt, revoked, enrolledAt, enrolledBy } = connector;
  if (revoked !== null)
    return (
      <>
        Revoked by <VisibleText text={revoked.by} />, <Utc at={revoked.at} />
      </>
    );
  const [link] = links;
  if (state !== 'offline' && link !== undefined)
    return (
      <>
        Since <Ago at={link.since} />, by {links.map(({ gateway }) => gateway).join(' and ')} ·{' '}
        {plural(openStreams, 'exchange')} under way
      </>
    );
  return (
    <>
      Enrolled by <VisibleText text={enrolledBy} />, <Utc at={enrolledAt} /> ·{' '}
      {lastSeenAt === null ? (
        'never connected'
      ) : (
        <>
          last seen <Ago at={lastSeenAt} />
        </>
      )}
    </>
  );
}

const SERVER_TONES: Readonly<Record<NonNullable<ConnectorServer['state']>, Tone>> = {
  idle: 'neutral',
  starting: 'accent',
  ready: 'go',
  'backing-off': 'hold',
  failed: 'stop',
};

function Server({ server: { name, kind, state, lastError } }: { server: ConnectorServer }) {
  return (
    <li className="flex flex-wrap items-baseline gap-1.5 text-sm">
      <code className="font-mono">{name}</code>
      <span className="text-muted">{kind}</span>
      {state !== null && <Badge tone={SERVER_TONES[state]}>{state}</Badge>}
      {lastError !== null && (
        <span className="basis-full text-stop">
          <VisibleText text={lastError} />
        </span>
      )}
    </li>
  );
}
