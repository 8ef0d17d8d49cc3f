'use client';

import { deliveryListSchema, type Connection, type Delivery } from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

const STATE_TONES: Readonly<Record<Delivery['state'], Tone>> = {
  pending: 'neutral',
  delivered: 'go',
  retrying: 'hold',
  failed: 'stop',
  dropped: 'neutral',
};

/** What was posted to the webhook, and how it went. */
export function DeliveriesPanel({ connection }: { connection: Connection }) {
  const path = `/api/connections/${encodeURIComponent(connection.id)}/deliveries`;
  const { data, failure, retry } = useApi(path, deliveryListSchema);
  const [refused, setRefused] = useState<ApiFailure>();
  const again = async (delivery: Delivery) => {
    setRefused(undefined);
    try {
      // Whatever it answers with, the list is asked for again.
      await send(
        'POST',
        `${path}/${encodeURIComponent(delivery.id)}/retry`,
        {},
        { parse: () => undefined },
      );
    } catch (error) {
      setRefused(toFailure(error));
    }
    retry();
  };
  return (
    <Panel title="Webhook deliveries" flush>
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      <FailureNote failure={refused} />
      {data === undefined ? (
        failure === undefined && <Skeleton rows={2} label="Loading deliveries" />
      ) : data.items.length === 0 ? (
        <EmptyState title="Nothing was posted yet" />
      ) : (
        <ul aria-label="Deliveries">
          {data.items.map((delivery) => (
            <Row key={delivery.id} delivery={delivery} onRetry={() => void again(delivery)} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Row({ delivery, onRetry }: { delivery: Delivery; onRetry: () => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2.5 last:border-b-0">
      <Badge tone={STATE_TONES[delivery.state]}>{delivery.state}</Badge>
      <code className="font-mono text-sm">{delivery.event}</code>
      <TextLink href={`/inbox/${encodeURIComponent(delivery.approvalId)}`}>approval</TextLink>
      <span className="min-w-0 flex-1 basis-72 text-sm text-muted">
        <Utc at={delivery.createdAt} /> · {delivery.attempts}{' '}
        {delivery.attempts === 1 ? 'attempt' : 'attempts'}
        {delivery.lastStatus !== null && ` · HTTP ${delivery.lastStatus}`}
        {delivery.lastError !== null && (
          <>
            {' '}
            · <VisibleText text={delivery.lastError} />
          </>
        )}
      </span>
      {(delivery.state === 'failed' || delivery.state === 'retrying') && (
        <Button size="small" onClick={onRetry}>
          Try now
        </Button>
      )}
    </li>
  );
}
