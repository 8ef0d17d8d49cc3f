'use client';

import {
  connectorSitesSchema,
  type Connector,
  type ConnectorSite,
  type ConnectorSites,
} from '@holdpoint/contracts';
import { send } from '../../lib/api.ts';
import { plural } from '../../lib/format.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

/** Revoking cuts a connector off; removing forgets one that is revoked. */
export function EndConnector({
  what,
  connector,
  site,
  onDone,
  onClose,
}: {
  what: 'revoke' | 'remove';
  connector: Connector;
  site: ConnectorSite;
  onDone: (sites: ConnectorSites) => void;
  onClose: () => void;
}) {
  const isRevoke = what === 'revoke';
  const path = `/api/connectors/${connector.id}`;
  return (
    <ConfirmDialog
      title={`${isRevoke ? 'Revoke' : 'Remove'} ${connector.name}?`}
      confirm={isRevoke ? 'Revoke it' : 'Remove it'}
      onConfirm={async () =>
        onDone(
          isRevoke
            ? await send('POST', `${path}/revoke`, {}, connectorSitesSchema)
            : await send('DELETE', path, {}, connectorSitesSchema),
        )
      }
      onClose={onClose}
    >
      {isRevoke ? (
        <Consequences connector={connector} site={site} />
      ) : (
        'It disappears from this list. The audit log keeps what happened with it.'
      )}
    </ConfirmDialog>
  );
}

function Consequences({ connector, site }: { connector: Connector; site: ConnectorSite }) {
  const others = site.connectors.filter(
    ({ id, state }) => id !== connector.id && state === 'connected',
  );
  return (
    <ul className="flex list-disc flex-col gap-1.5 pl-5">
      <li>It is cut off within a second, on every gateway, and its key is never taken again.</li>
      {connector.openStreams > 0 && (
        <li>
          {plural(connector.openStreams, 'exchange')} under way{' '}
          {connector.openStreams === 1 ? 'breaks' : 'break'} off: calls that were forwarded may have
          run and end as unknown.
        </li>
      )}
      <li>
        {others.length > 0
          ? `${plural(others.length, 'other connector')} of ${site.name} ${others.length === 1 ? 'takes' : 'take'} new calls.`
          : site.connections.length > 0
            ? `No other connector of ${site.name} is connected: calls to ${site.connections.map(({ title }) => title).join(', ')} fail until one is.`
            : `No connection leads to ${site.name} yet.`}
      </li>
      <li>To use that machine again, enrol it anew.</li>
    </ul>
  );
}
