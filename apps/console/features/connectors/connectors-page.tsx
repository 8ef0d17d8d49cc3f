'use client';

import {
  connectorSitesSchema,
  type Connector,
  type ConnectorSite,
  type ConnectorSites,
  type EnrolmentCreated,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { ConnectorLogDialog } from './connector-log-dialog.tsx';
import { EndConnector } from './end-connector.tsx';
import { EnrolDialog } from './enrol-dialog.tsx';
import { MadeEnrolment } from './made-enrolment.tsx';
import { RenameConnector } from './rename-connector.tsx';
import { SitePanel } from './site-panel.tsx';

export type OpenDialog =
  | { readonly kind: 'enrol'; readonly site: string }
  | { readonly kind: 'log'; readonly connector: Connector }
  | { readonly kind: 'rename'; readonly connector: Connector }
  | {
      readonly kind: 'revoke' | 'remove';
      readonly connector: Connector;
      readonly site: ConnectorSite;
    };

/** Processes in private networks that dial in, and the MCP servers that are reached through them. */
export function ConnectorsPage() {
  const { data: me } = useMe();
  const isAdmin = me?.roles.includes('admin') === true;
  const { data, failure, retry, replace } = useApi('/api/connectors', connectorSitesSchema);
  const [open, setOpen] = useState<OpenDialog>();
  const [made, setMade] = useState<EnrolmentCreated>();
  const close = () => setOpen(undefined);
  const onChanged = (sites: ConnectorSites) => {
    replace(sites);
    close();
  };
  return (
    <Page
      title="Connectors"
      intro="A connector runs near MCP servers that the gateway can’t reach, and dials out to it. Which servers it fronts, and how, stands in its own file."
      action={
        isAdmin && (
          <Button look="primary" onClick={() => setOpen({ kind: 'enrol', site: '' })}>
            <Icon name="plus" className="size-4" /> Enrol a connector
          </Button>
        )
      }
    >
      {made !== undefined && <MadeEnrolment made={made} onDone={() => setMade(undefined)} />}
      {data !== undefined && data.unreachableGateways.length > 0 && (
        <Notice tone="hold" title="Some gateways can’t be reached by the others">
          <p>
            Calls that arrive elsewhere don’t get to the connectors of{' '}
            {data.unreachableGateways.join(', ')}. Set{' '}
            <code className="font-mono text-sm">HOLDPOINT_INSTANCE_URL</code> there.
          </p>
        </Notice>
      )}
      {data === undefined || data.items.length === 0 ? (
        <Panel flush>
          {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
          {data === undefined ? (
            failure === undefined && <Skeleton label="Loading connectors" />
          ) : (
            <EmptyState title="No connector yet">
              <p>
                With one, servers that speak over stdio, or only inside a private network, are
                governed too. Nothing there has to listen.
              </p>
            </EmptyState>
          )}
        </Panel>
      ) : (
        <>
          {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
          {data.items.map((site) => (
            <SitePanel
              key={site.id}
              site={site}
              isAdmin={isAdmin}
              onOpen={setOpen}
              onChanged={onChanged}
            />
          ))}
        </>
      )}
      {open?.kind === 'enrol' && (
        <EnrolDialog
          site={open.site}
          sites={data?.items.map(({ name }) => name) ?? []}
          onMade={(created) => {
            setMade(created);
            onChanged(created);
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'log' && <ConnectorLogDialog connector={open.connector} onClose={close} />}
      {open?.kind === 'rename' && (
        <RenameConnector connector={open.connector} onRenamed={onChanged} onClose={close} />
      )}
      {(open?.kind === 'revoke' || open?.kind === 'remove') && (
        <EndConnector
          what={open.kind}
          connector={open.connector}
          site={open.site}
          onDone={onChanged}
          onClose={close}
        />
      )}
    </Page>
  );
}
