'use client';

import {
  connectorAddress,
  connectorSitesSchema,
  readConnectorAddress,
  type Connection,
  type ConnectorSites,
  type TransportSetting,
} from '@holdpoint/contracts';
import Link from 'next/link';
import { useApi } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { CheckField, SelectField, TextField } from '../../ui/field.tsx';
import type { ConnectionDraft, FieldErrors } from './connection-draft.ts';
import { CredentialFields } from './credential-fields.tsx';

const TRANSPORTS: readonly { readonly value: TransportSetting; readonly text: string }[] = [
  { value: 'auto', text: 'find out' },
  { value: 'streamable-http', text: 'Streamable HTTP' },
  { value: 'sse', text: 'HTTP+SSE (2024-11-05)' },
];

const REACHES = [
  { value: 'directly', text: 'directly' },
  { value: 'connector', text: 'through a connector' },
] as const satisfies readonly { readonly value: ConnectionDraft['reach']; readonly text: string }[];

interface Props {
  draft: ConnectionDraft;
  connection: Connection | null;
  errors: FieldErrors;
  onChange: (change: Partial<ConnectionDraft>) => void;
}

/** Where the MCP server is, how it is reached, and what the gateway presents to it. */
export function UpstreamFields({ draft, connection, errors, onChange }: Props) {
  const set = (reach: ConnectionDraft['reach']) =>
    onChange({
      ...(reach === 'connector' && THROUGH_A_CONNECTOR),
      reach,
      url: reach === draft.reach ? draft.url : '',
    });
  return (
    <div className="mt-4 flex flex-col gap-4">
      <div className="grid gap-4 md:grid-cols-2">
        <SelectField
          label="It is reached"
          hint="A connector stands near servers that the gateway can’t reach, and near those that speak over stdio."
          value={draft.reach}
          options={REACHES}
          onValue={set}
        />
        {draft.reach === 'connector' ? (
          <ServerField draft={draft} error={errors['url']} onChange={onChange} />
        ) : (
          <TextField
            label="Address of the MCP server"
            type="url"
            placeholder="https://mcp.example.com/mcp"
            value={draft.url}
            error={errors['url']}
            spellCheck={false}
            onValue={(url) => onChange({ url })}
          />
        )}
      </div>
      {draft.reach === 'directly' && (
        <>
          <div className="grid gap-4 md:grid-cols-2">
            <CheckField
              label="It is in a private network"
              hint="Lets the name resolve to private or loopback addresses. Metadata and link-local ones stay refused."
              checked={draft.allowPrivate}
              onValue={(allowPrivate) => onChange({ allowPrivate })}
            />
            <SelectField
              label="Transport"
              hint={transportHint(draft, connection)}
              value={draft.transport}
              options={TRANSPORTS}
              onValue={(transport) => onChange({ transport })}
            />
          </div>
          <CredentialFields
            draft={draft}
            stored={connection?.credentialKind ?? null}
            errors={errors}
            onChange={onChange}
          />
        </>
      )}
    </div>
  );
}

/** What the connector's own file says of it. */
const THROUGH_A_CONNECTOR: Partial<ConnectionDraft> = {
  allowPrivate: false,
  transport: 'auto',
  credentialKind: 'none',
  headerName: '',
  secret: '',
};

function ServerField({
  draft,
  error,
  onChange,
}: {
  draft: ConnectionDraft;
  error: string | undefined;
  onChange: Props['onChange'];
}) {
  const { data, failure } = useApi('/api/connectors', connectorSitesSchema);
  const offered = data === undefined ? [] : serversOf(data);
  const chosen = readConnectorAddress(draft.url);
  const isOffered = offered.some(({ value }) => value === draft.url);
  const options = [
    { value: '', text: data === undefined ? 'Loading…' : 'Choose a server' },
    ...offered,
    ...(chosen === undefined || isOffered
      ? []
      : [{ value: draft.url, text: `${chosen.site} / ${chosen.server} (not offered now)` }]),
  ];
  if (data !== undefined && offered.length === 0 && chosen === undefined)
    return (
      <Notice tone="hold" title="No connector offers a server yet.">
        <p>
          <Link href="/connectors" className="underline">
            Enrol a connector
          </Link>{' '}
          and start it; its servers are listed here then.
        </p>
        {error !== undefined && (
          <p className="text-sm font-medium text-stop" data-field-error tabIndex={-1}>
            Choose a server of a connector.
          </p>
        )}
      </Notice>
    );
  return (
    <SelectField
      label="Server"
      hint={
        failure === undefined
          ? 'As its connector offers it. The credential stands in the connector’s file.'
          : failure.message
      }
      value={draft.url}
      options={options}
      error={error === undefined ? undefined : 'Choose a server of a connector.'}
      onValue={(url) => onChange({ url })}
    />
  );
}

/** What the connectors of each site offer, once each. */
function serversOf({ items }: ConnectorSites): { value: string; text: string }[] {
  return items.flatMap(({ name: site, connectors }) => {
    const names = connectors
      .filter(({ state }) => state !== 'revoked')
      .flatMap(({ servers }) => servers.map(({ name }) => name));
    return [...new Set(names)].sort().map((server) => ({
      value: connectorAddress({ site, server }),
      text: `${site} / ${server}`,
    }));
  });
}

function transportHint(draft: ConnectionDraft, connection: Connection | null): string {
  const found = draft.url.trim() === connection?.url ? connection.detectedTransport : null;
  return draft.transport === 'auto' && found !== null
    ? `Found: ${TRANSPORTS.find(({ value }) => value === found)?.text ?? found}.`
    : 'Older servers speak HTTP+SSE. Found out when tools are listed, never by sending a call.';
}
