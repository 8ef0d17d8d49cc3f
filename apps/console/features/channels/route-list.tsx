'use client';

import { routeListSchema, type Channel, type Route } from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { RouteDialog } from './route-dialog.tsx';
import { EVENT_WORDS } from './channel-words.ts';

type Open = { readonly kind: 'edit' | 'remove'; readonly route: Route } | { readonly kind: 'new' };

/** Which events go to which channels. */
export function RouteListPanel({
  channels,
  isAdmin,
}: {
  channels: readonly Channel[];
  isAdmin: boolean;
}) {
  const { data, failure, retry, replace } = useApi('/api/routes', routeListSchema);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  return (
    <Panel
      title="Routes"
      flush
      action={
        isAdmin && (
          <Button
            size="small"
            disabled={channels.length === 0}
            onClick={() => setOpen({ kind: 'new' })}
          >
            Add a route
          </Button>
        )
      }
    >
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      {data === undefined ? (
        failure === undefined && <Skeleton rows={2} label="Loading routes" />
      ) : data.items.length === 0 ? (
        <EmptyState title="No route yet">
          <p>Nothing is sent to a channel until a route leads there.</p>
        </EmptyState>
      ) : (
        <ul aria-label="Routes">
          {data.items.map((route) => (
            <Row
              key={route.id}
              route={route}
              channels={channels}
              onOpen={isAdmin ? (kind) => setOpen({ kind, route }) : null}
            />
          ))}
        </ul>
      )}
      {(open?.kind === 'new' || open?.kind === 'edit') && (
        <RouteDialog
          route={open.kind === 'edit' ? open.route : null}
          channels={channels}
          onSaved={(list) => {
            replace(list);
            close();
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'remove' && (
        <ConfirmDialog
          title={`Remove ${open.route.title}?`}
          confirm="Remove it"
          onConfirm={async () => {
            const path = `/api/routes/${encodeURIComponent(open.route.id)}`;
            replace(await send('DELETE', path, {}, routeListSchema));
            close();
          }}
          onClose={close}
        >
          Its events go to its channels no more. What is on its way still arrives.
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function Row({
  route: { title, enabled, match, channels: ids },
  channels,
  onOpen,
}: {
  route: Route;
  channels: readonly Channel[];
  onOpen: ((kind: 'edit' | 'remove') => void) | null;
}) {
  const names = channels.filter(({ id }) => ids.includes(id)).map((channel) => channel.title);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <span className="flex min-w-0 flex-1 basis-72 flex-col">
        <span className="flex flex-wrap items-center gap-2">
          <strong className="font-semibold break-words">
            <VisibleText text={title} />
          </strong>
          {!enabled && <Badge tone="hold">switched off</Badge>}
        </span>
        <span className="text-sm break-words text-muted">
          To <VisibleText text={names.join(', ')} />: {conditionsOf(match)}
        </span>
      </span>
      {onOpen !== null && (
        <span className="flex gap-2">
          <Button size="small" onClick={() => onOpen('edit')} aria-label={`Change ${title}`}>
            Change
          </Button>
          <Button size="small" onClick={() => onOpen('remove')} aria-label={`Remove ${title}`}>
            Remove
          </Button>
        </span>
      )}
    </li>
  );
}

/** What has to be true, in one line. */
function conditionsOf(match: Route['match']): string {
  const { events, connections, chains, steps, groups, minSeverity, hours } = match;
  const [first, ...more] = events;
  const what = first === undefined ? '' : EVENT_WORDS[first].toLowerCase();
  return [
    more.length === 0 ? what : `${what} and ${more.length} more`,
    connections.length > 0 && `on ${connections.join(', ')}`,
    chains.length > 0 && `chain ${chains.join(', ')}`,
    steps.length > 0 && `step ${steps.join(', ')}`,
    groups.length > 0 && `asking ${groups.join(', ')}`,
    minSeverity !== 'low' && `from ${minSeverity} on`,
    hours !== null && `${hours.when} ${hours.from} to ${hours.to} (${hours.timeZone})`,
  ]
    .filter((part) => part !== false)
    .join('; ');
}
