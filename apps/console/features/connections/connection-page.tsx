'use client';

import { connectionSchema, type Connection } from '@holdpoint/contracts';
import { useState } from 'react';
import { useSWRConfig } from 'swr';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { ConnectionForm } from './connection-form.tsx';
import { ConnectionBadges } from './connection-list.tsx';
import { ConnectionTabs } from './connection-tabs.tsx';
import { DeliveriesPanel } from './deliveries-panel.tsx';
import { FreezePanel } from './freeze-panel.tsx';
import { forgetNewSecret, newSecretOf } from './new-secret.ts';
import { WebhookSecret } from './webhook-secret.tsx';

export function ConnectionPage({ id }: { id: string }) {
  const path = `/api/connections/${encodeURIComponent(id)}`;
  const { data, failure, retry, replace } = useApi(path, connectionSchema);
  const { mutate } = useSWRConfig();
  const { data: me } = useMe();
  const isAdmin = me?.roles.includes('admin') === true;
  const [secret, setSecret] = useState<string | null>(() => newSecretOf(id));
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
  const refetch = () => {
    retry();
    void mutate('/api/connections');
  };
  return (
    <Page
      title={
        <span className="flex flex-wrap items-center gap-2">
          {data.title} <ConnectionBadges connection={data} />
        </span>
      }
      action={
        isAdmin && data.frozen === null && <FreezePanel connection={data} onChanged={refetch} />
      }
    >
      <ConnectionTabs id={id} open="settings" quarantined={data.quarantined} />
      {isAdmin && data.frozen !== null && <FreezePanel connection={data} onChanged={refetch} />}
      {secret !== null && <WebhookSecret secret={secret} onDone={dropSecret} />}
      <Panel title="Endpoint for agents">
        <div className="flex flex-wrap items-center gap-2">
          <code className="font-mono break-all">{data.endpoint}</code>
          <CopyButton text={data.endpoint} label="Copy the endpoint" />
        </div>
      </Panel>
      {isAdmin ? (
        <ConnectionForm
          connection={data}
          onSaved={({ connection, webhookSecret }) => {
            changed(connection);
            if (webhookSecret !== null) setSecret(webhookSecret);
          }}
        />
      ) : (
        <Notice title="Only admins see and change the settings of a connection." />
      )}
      {isAdmin && data.webhook !== null && <DeliveriesPanel connection={data} />}
    </Page>
  );
}
