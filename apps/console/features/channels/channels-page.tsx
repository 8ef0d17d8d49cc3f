'use client';

import { channelListSchema, type Channel, type ChannelSaved } from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ChannelDialog } from './channel-dialog.tsx';
import { KIND_NAMES, whereTo } from './channel-words.ts';
import { MadeSecrets } from './made-secret.tsx';
import { RouteListPanel } from './route-list.tsx';

/** Ways to people and other systems, and what goes where. */
export function ChannelsPage() {
  const { data: me } = useMe();
  const mayRead = me?.roles.some((role) => role === 'admin' || role === 'auditor') === true;
  const isAdmin = me?.roles.includes('admin') === true;
  const { data, failure, retry } = useApi(mayRead ? '/api/channels' : null, channelListSchema);
  const [isAdding, setIsAdding] = useState(false);
  const [made, setMade] = useState<ChannelSaved['made']>({});
  if (me !== undefined && !mayRead) {
    return (
      <Page title="Channels">
        <EmptyState title="Admins set up channels">
          <p>They tell reviewers of held calls where they are.</p>
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page
      title="Channels"
      intro="How people and other systems are told of held calls, and which of them."
      action={
        isAdmin && (
          <Button look="primary" onClick={() => setIsAdding(true)}>
            <Icon name="plus" className="size-4" /> Add a channel
          </Button>
        )
      }
    >
      <MadeSecrets made={made} onDone={() => setMade({})} />
      <Panel title="Channels" flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {data === undefined ? (
          failure === undefined && <Skeleton rows={3} label="Loading channels" />
        ) : data.items.length === 0 ? (
          <EmptyState title="No channel yet">
            <p>Until then reviewers find held calls in the inbox, and by the agent’s link.</p>
          </EmptyState>
        ) : (
          <ul aria-label="Channels">
            {data.items.map((channel) => (
              <Row key={channel.id} channel={channel} />
            ))}
          </ul>
        )}
      </Panel>
      {mayRead && <RouteListPanel channels={data?.items ?? []} isAdmin={isAdmin} />}
      {isAdding && (
        <ChannelDialog
          channel={null}
          onSaved={(saved) => {
            setMade(saved.made);
            setIsAdding(false);
            retry();
          }}
          onClose={() => setIsAdding(false)}
        />
      )}
    </Page>
  );
}

function Row({ channel }: { channel: Channel }) {
  const { id, title, config, enabled, open, dead, lastDeliveredAt, restsUntil } = channel;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-3 last:border-b-0">
      <span className="flex min-w-0 flex-1 basis-72 flex-col">
        <span className="flex flex-wrap items-center gap-2">
          <TextLink
            href={`/settings/channels/${encodeURIComponent(id)}`}
            className="font-semibold break-words"
          >
            <VisibleText text={title} />
          </TextLink>
          <Badge>{KIND_NAMES[config.kind]}</Badge>
          {!enabled && <Badge tone="hold">switched off</Badge>}
          {restsUntil !== null && <Badge tone="stop">not reached</Badge>}
          {dead > 0 && <Badge tone="stop">{dead} given up</Badge>}
        </span>
        <span className="text-sm break-all text-muted">
          <VisibleText text={whereTo(channel)} />
        </span>
      </span>
      <span className="text-sm text-muted">
        {open > 0 && `${open} on the way · `}
        {lastDeliveredAt === null ? (
          'nothing delivered yet'
        ) : (
          <>
            delivered <Ago at={lastDeliveredAt} />
          </>
        )}
      </span>
    </li>
  );
}
