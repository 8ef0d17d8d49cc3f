'use client';

import { connectionTestSchema, type Connection, type ConnectionTest } from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { plural } from '../../lib/format.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { credentialOf, type ConnectionDraft } from './connection-draft.ts';

type Failure = Extract<ConnectionTest, { ok: false }>['failure'];

const FAILURE_TITLES: Readonly<Record<Failure, string>> = {
  address_refused: 'The address is refused',
  dns: 'The name was not found (DNS)',
  connect: 'No connection',
  tls: 'No trusted TLS connection',
  timeout: 'No answer in time',
  unauthorized: 'The credential was refused (401)',
  redirect: 'It redirects, and redirects are not followed',
  http_status: 'It answered with an HTTP error',
  not_mcp: 'It answered, but not as an MCP server',
};

interface Props {
  draft: ConnectionDraft;
  connection: Connection | null;
  onMarks: (readOnlyTools: string[]) => void;
}

/** Tries the address as typed, with the credential as typed or as stored. Saves nothing. */
export function ConnectionTester({ draft, connection, onMarks }: Props) {
  const [testing, setTesting] = useState(false);
  const [result, setResult] = useState<ConnectionTest>();
  const [failure, setFailure] = useState<ApiFailure>();
  const test = async () => {
    setTesting(true);
    setResult(undefined);
    setFailure(undefined);
    const credential = credentialOf(draft, connection?.credentialKind ?? null);
    try {
      const body = {
        ...(connection === null ? {} : { id: connection.id }),
        url: draft.url.trim(),
        allowPrivate: draft.allowPrivate,
        transport: draft.transport,
        ...(credential === undefined ? {} : { credential }),
      };
      setResult(await send('POST', '/api/connections/test', body, connectionTestSchema));
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setTesting(false);
    }
  };
  return (
    <div className="mt-4 flex flex-col gap-3">
      <Button
        className="self-start"
        disabled={testing || draft.url.trim() === ''}
        onClick={() => void test()}
      >
        {testing ? 'Testing…' : 'Test'}
      </Button>
      <FailureNote failure={failure} />
      <div role="status">
        {result !== undefined && <Result result={result} onMarks={onMarks} />}
      </div>
    </div>
  );
}

function Result({ result, onMarks }: { result: ConnectionTest; onMarks: Props['onMarks'] }) {
  if (!result.ok) {
    return (
      <Notice tone="stop" title={FAILURE_TITLES[result.failure]}>
        <p>{result.message}</p>
      </Notice>
    );
  }
  const hinted = result.tools.filter((tool) => tool.readOnlyHint === true).map((tool) => tool.name);
  return (
    <Notice
      tone="go"
      title={
        <>
          It works:{' '}
          <VisibleText
            text={`${result.server.name ?? 'unnamed server'} ${result.server.version ?? ''}`.trim()}
          />
          , MCP {result.protocolVersion}
          {result.transport === 'sse' && ' over HTTP+SSE'}, {plural(result.tools.length, 'tool')} in{' '}
          {Math.round(result.elapsedMs)} ms
        </>
      }
    >
      <ul className="mt-1 flex flex-col gap-0.5">
        {result.tools.map((tool) => (
          <li key={tool.name}>
            <code className="font-mono text-sm">
              <VisibleText text={tool.name} />
            </code>
            {tool.readOnlyHint === true && (
              <span className="text-sm text-muted"> hints read-only</span>
            )}
            {tool.description !== null && (
              <span className="text-sm text-muted">
                {' '}
                · <VisibleText text={tool.description} />
              </span>
            )}
          </li>
        ))}
      </ul>
      {hinted.length > 0 && (
        <Button size="small" className="mt-2" onClick={() => onMarks(hinted)}>
          Mark what hints read-only ({hinted.length})
        </Button>
      )}
    </Notice>
  );
}
