'use client';

import { connectionListSchema, type Connection } from '@holdpoint/contracts';
import Link from 'next/link';
import { plural } from '../../lib/format.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { ChainAlarms } from '../chains/chain-alarms.tsx';

export function ConnectionList() {
  const { data: me } = useMe();
  const isAdmin = me?.roles.includes('admin') === true;
  const { data, failure, retry } = useApi('/api/connections', connectionListSchema);
  const register = isAdmin && (
    <ButtonLink href="/connections/new" look="primary">
      <Icon name="plus" className="size-4" /> Register a connection
    </ButtonLink>
  );
  return (
    <Page
      title="Connections"
      intro={
        <>
          MCP servers behind the gateway. An agent uses a connection’s endpoint instead of the
          server’s own address. Servers in private networks are reached through{' '}
          <TextLink href="/connectors">connectors</TextLink>.
        </>
      }
      action={register}
    >
      {isAdmin && <ChainAlarms />}
      <Panel flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {data === undefined ? (
          failure === undefined && <Skeleton label="Loading connections" />
        ) : data.items.length === 0 ? (
          <EmptyState title="No connection yet">
            <p>Register the MCP server that agents should reach only through the gateway.</p>
          </EmptyState>
        ) : (
          <ul aria-label="Connections">
            {data.items.map((connection) => (
              <Row key={connection.id} connection={connection} isAdmin={isAdmin} />
            ))}
          </ul>
        )}
      </Panel>
    </Page>
  );
}

function Row({ connection, isAdmin }: { connection: Connection; isAdmin: boolean }) {
  const path = `/connections/${encodeURIComponent(connection.id)}`;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0 hover:bg-raised">
      <Link
        href={isAdmin ? path : `${path}/catalogue`}
        prefetch={false}
        className="flex min-w-0 flex-1 basis-64 flex-col max-md:min-h-11"
      >
        <span className="flex flex-wrap items-center gap-2">
          <strong className="font-semibold">{connection.title}</strong>
          <ConnectionBadges connection={connection} />
        </span>
        <span className="text-sm text-muted">
          {connection.tools.length === 0
            ? 'no tools seen yet'
            : plural(connection.tools.length, 'tool')}{' '}
          · default effect {connection.defaultEffect}
        </span>
      </Link>
      {connection.quarantined > 0 && (
        <Link href={`${path}/catalogue?state=waiting`} prefetch={false}>
          <Badge tone="hold">{connection.quarantined} waiting to be accepted</Badge>
        </Link>
      )}
      <span className="flex min-w-0 items-center gap-2">
        <code className="min-w-0 font-mono text-sm break-all">{connection.endpoint}</code>
        <CopyButton text={connection.endpoint} label={`Copy the endpoint of ${connection.title}`} />
      </span>
    </li>
  );
}

export function ConnectionBadges({ connection }: { connection: Connection }) {
  return (
    <>
      {connection.frozen !== null ? (
        <Badge tone="stop">frozen</Badge>
      ) : (
        <Badge tone="go">open</Badge>
      )}
      {connection.quarantine === 'accept' && <Badge tone="stop">accepts any definition</Badge>}
      {connection.callerGroups.length === 0 && <Badge tone="hold">nobody may use it</Badge>}
    </>
  );
}
