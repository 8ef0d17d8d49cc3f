import type { Connector, ConnectorSites } from '@holdpoint/contracts';
import type { LinkRow } from './connector-link.sql.ts';
import type { ConnectorRow, EnrolmentRow, listUses, SiteRow } from './connector.sql.ts';

export interface ConnectorRows {
  readonly sites: readonly SiteRow[];
  readonly connectors: readonly ConnectorRow[];
  readonly enrolments: readonly EnrolmentRow[];
  readonly links: readonly LinkRow[];
  readonly uses: Awaited<ReturnType<typeof listUses>>;
}

/** Connectors as the console shows them, by site. */
export function toSitesView(rows: ConnectorRows): ConnectorSites {
  const { sites, connectors, enrolments, links, uses } = rows;
  const unreachable = links.filter(({ instanceUrl }) => instanceUrl === null);
  const gateways = new Set(links.map(({ instanceId }) => instanceId));
  return {
    items: sites.map(({ id, name }) => ({
      id,
      name,
      connectors: connectors
        .filter(({ siteId }) => siteId === id)
        .map((row) => toConnectorView(row, links)),
      enrolments: enrolments
        .filter(({ siteId }) => siteId === id)
        .map((row) => ({
          id: row.id,
          createdBy: row.createdByName,
          createdAt: row.createdAt.toISOString(),
          expiresAt: row.expiresAt.toISOString(),
        })),
      connections: uses.flatMap(({ address, ...use }) =>
        address?.site === name ? [{ ...use, server: address.server }] : [],
      ),
    })),
    unreachableGateways:
      gateways.size < 2 ? [] : [...new Set(unreachable.map(({ gateway }) => gateway))],
  };
}

function toConnectorView(row: ConnectorRow, links: readonly LinkRow[]): Connector {
  const own = links.filter(({ connectorId }) => connectorId === row.id);
  const isLinked = own.length > 0 && row.revokedAt === null;
  return {
    id: row.id,
    name: row.name,
    state: stateOf(row, own),
    version: row.version,
    enrolledBy: row.enrolledByName,
    enrolledAt: row.enrolledAt.toISOString(),
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    lastError: row.lastError,
    openStreams: own.reduce((sum, { load }) => sum + load, 0),
    links: own.map(({ since, gateway }) => ({ since: since.toISOString(), gateway })),
    // What it said last isn't how they are now.
    servers: row.servers.map((server) => (isLinked ? server : { ...server, state: null })),
    revoked: row.revokedAt && { at: row.revokedAt.toISOString(), by: row.revokedByName ?? '' },
  };
}

function stateOf(row: ConnectorRow, own: readonly LinkRow[]): Connector['state'] {
  if (row.revokedAt !== null) return 'revoked';
  if (own.length === 0) return 'offline';
  return own.every(({ isDraining }) => isDraining) ? 'draining' : 'connected';
}
