'use client';

import { connectionSchema, type Connection } from '@holdpoint/contracts';
import { useState } from 'react';
import { useSWRConfig } from 'swr';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ConnectionForm } from './connection-form.tsx';
import { ConnectionBadges } from './connection-list.tsx';
import { DeliveriesPanel } from './deliveries-panel.tsx';
import { FreezePanel } from './freeze-panel.tsx';
import { forgetNewSecret, newSecretOf } from './new-secret.ts';
import { WebhookSecret } from './webhook-secret.tsx';

export function ConnectionPage({ id }: { id: string }) {
  const path = `/api/connections/${encodeURIComponent(id)}`;
  const { data, failure, retry, replace } = useApi(path, connectionSchema);
  const { mutate } = useSWRConfig();
  const [secret, setSecret] = useState<string | null>(() => newSecretOf(id));
  const [saved, setSaved] = useState(false);
  if (data === undefined) {
    return (
      <Page title="Connection">
        {failure === undefined ? (
          <Skeleton label="Loading the connection" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )}
      </Page>
    );
  }
  const dropSecret = () => {
    forgetNewSecret(id);
    setSecret(null);
  };
  const changed = (connection: Connection) => {
    replace(connection);
    void mutate('/api/connections');
  };
  return (
    <Page
      title={
        <span className="flex flex-wrap items-center gap-2">
          {data.title} <ConnectionBadges connection={data} />
        </span>
      }
      action={data.frozen === null && <FreezePanel connection={data} onChanged={changed} />}
    >
      {data.frozen !== null && <FreezePanel connection={data} onChanged={changed} />}
      {secret !== null && <WebhookSecret secret={secret} onDone={dropSecret} />}
      <Panel title="Endpoint for agents">
        <div className="flex flex-wrap items-center gap-2">
          <code className="font-mono break-all">{data.endpoint}</code>
          <CopyButton text={data.endpoint} label="Copy the endpoint" />
        </div>
      </Panel>
      <Tools connection={data} onChanged={changed} />
      {saved && <Notice live tone="go" title="Saved." />}
      <ConnectionForm
        connection={data}
        onSaved={({ connection, webhookSecret }) => {
          changed(connection);
          setSaved(true);
          if (webhookSecret !== null) setSecret(webhookSecret);
        }}
      />
      {data.webhook !== null && <DeliveriesPanel connection={data} />}
    </Page>
  );
}

function Tools({
  connection,
  onChanged,
}: {
  connection: Connection;
  onChanged: (connection: Connection) => void;
}) {
  const [failure, setFailure] = useState<ApiFailure>();
  const [asking, setAsking] = useState(false);
  const refresh = async () => {
    setAsking(true);
    setFailure(undefined);
    try {
      const path = `/api/connections/${encodeURIComponent(connection.id)}/refresh-tools`;
      onChanged(await send('POST', path, {}, connectionSchema));
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setAsking(false);
    }
  };
  return (
    <Panel
      flush
      title={`Tools (${connection.tools.length})`}
      action={
        <Button size="small" disabled={asking} onClick={() => void refresh()}>
          {asking ? 'Asking…' : 'Ask again'}
        </Button>
      }
    >
      <FailureNote failure={failure} />
      {connection.tools.length === 0 ? (
        <EmptyState title="No tools are known yet" />
      ) : (
        <ul aria-label="Tools">
          {connection.tools.map((tool) => (
            <li
              key={tool.name}
              className="grid gap-x-4 border-b border-line px-4 py-2 last:border-b-0 sm:grid-cols-[14rem_minmax(0,1fr)_auto]"
            >
              <code className="font-mono text-sm">
                <VisibleText text={tool.name} />
              </code>
              <span className="text-muted">
                {tool.description !== null && <VisibleText text={tool.description} />}
              </span>
              <span className="text-sm text-muted">
                seen <Ago at={tool.seenAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
