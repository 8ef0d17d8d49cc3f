'use client';

import {
  connectorSitesSchema,
  type ConnectorSite,
  type ConnectorSites,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/page.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Countdown } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ConnectorRow } from './connector-row.tsx';
import type { OpenDialog } from './connectors-page.tsx';

/** One site: its connectors, tokens that wait for one, and the connections that lead there. */
export function SitePanel({
  site,
  isAdmin,
  onOpen,
  onChanged,
}: {
  site: ConnectorSite;
  isAdmin: boolean;
  onOpen: (dialog: OpenDialog) => void;
  onChanged: (sites: ConnectorSites) => void;
}) {
  const [failure, setFailure] = useState<ApiFailure>();
  const drop = async (path: string) => {
    setFailure(undefined);
    try {
      onChanged(await send('DELETE', path, {}, connectorSitesSchema));
    } catch (error) {
      setFailure(toFailure(error));
    }
  };
  const isUnused = site.connectors.length === 0 && site.connections.length === 0;
  return (
    <Panel
      flush
      title={site.name}
      action={
        isAdmin && (
          <span className="flex flex-wrap gap-2">
            {isUnused && (
              <Button
                size="small"
                aria-label={`Remove the site ${site.name}`}
                onClick={() => void drop(`/api/connectors/sites/${site.id}`)}
              >
                Remove the site
              </Button>
            )}
            <Button
              size="small"
              aria-label={`Enrol another connector of ${site.name}`}
              onClick={() => onOpen({ kind: 'enrol', site: site.name })}
            >
              Enrol another
            </Button>
          </span>
        )
      }
    >
      <ul aria-label={`Connectors of ${site.name}`}>
        {site.connectors.map((connector) => (
          <ConnectorRow
            key={connector.id}
            connector={connector}
            site={site}
            isAdmin={isAdmin}
            onOpen={onOpen}
          />
        ))}
        {site.enrolments.map((enrolment) => (
          <li
            key={enrolment.id}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0"
          >
            <span className="min-w-0 flex-1 basis-56 text-muted">
              A token of <VisibleText text={enrolment.createdBy} /> waits for a connector ·{' '}
              <Countdown at={enrolment.expiresAt} />
            </span>
            {isAdmin && (
              <Button
                size="small"
                aria-label={`Withdraw the token for ${site.name}`}
                onClick={() => void drop(`/api/connectors/enrolments/${enrolment.id}`)}
              >
                Withdraw
              </Button>
            )}
          </li>
        ))}
      </ul>
      {site.connectors.length + site.enrolments.length === 0 && (
        <p className="px-4 py-3 text-muted">No connector. Enrol one, or remove the site.</p>
      )}
      <p className="border-t border-line px-4 py-2.5 text-sm text-muted">
        {site.connections.length === 0 ? (
          'No connection leads here yet.'
        ) : (
          <>
            Used by{' '}
            {site.connections.map((connection, index) => (
              <span key={connection.id}>
                {index > 0 && ', '}
                <TextLink href={`/connections/${connection.id}`} prefetch={false}>
                  {connection.title}
                </TextLink>{' '}
                ({connection.server})
              </span>
            ))}
          </>
        )}
      </p>
      {failure !== undefined && (
        <div className="px-4 pb-3">
          <FailureNote failure={failure} />
        </div>
      )}
    </Panel>
  );
}
