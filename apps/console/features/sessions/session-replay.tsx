'use client';

import type { ReplayItem, SessionSummary } from '@holdpoint/contracts';
import { useState } from 'react';
import { formatDuration, formatUtc } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { FreezeButtons } from '../freeze/freeze-buttons.tsx';
import { askedArguments } from './asked-arguments.ts';
import { familiesOf, FAMILY_WORDS, type Family } from './families.ts';
import { ReplayRow } from './replay-row.tsx';
import { usePlayer, type Player } from './use-player.ts';
import { useReplay } from './use-replay.ts';

/** One session, told again from what was recorded of it; no connected system is asked. */
export function SessionReplayView({ id }: { id: string }) {
  const replay = useReplay(id);
  const [hidden, setHidden] = useState<ReadonlySet<Family>>(new Set());
  const shown = replay.items.filter((item) =>
    familiesOf(item).some((family) => !hidden.has(family)),
  );
  const player = usePlayer(shown);

  if (replay.session === undefined) {
    return (
      <Page title="Session">
        {replay.failure === undefined ? (
          <Skeleton label="Loading the session" />
        ) : (
          <ErrorState failure={replay.failure} onRetry={replay.retry} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={<Title session={replay.session} />}
      intro={<Intro session={replay.session} />}
      action={
        <FreezeButtons caller={replay.session.caller} connection={replay.session.connection} />
      }
    >
      {replay.failure !== undefined && (
        <ErrorState failure={replay.failure} onRetry={replay.retry} />
      )}
      <Controls
        items={replay.items}
        shown={shown}
        hidden={hidden}
        onHidden={setHidden}
        player={player}
      />
      <Panel flush>
        {shown.length === 0 ? (
          <EmptyState
            title={
              replay.items.length === 0 ? 'Nothing is recorded yet' : 'Every kind is filtered out'
            }
          />
        ) : (
          <ol aria-label="Timeline">
            {shown.map((item, index) => (
              <ReplayRow
                key={item.id}
                item={item}
                before={shown[index - 1]}
                asked={askedArguments(item, replay.items)}
                isCurrent={item.id === player.currentId}
                onSelect={player.select}
              />
            ))}
          </ol>
        )}
        {!replay.complete && <Skeleton rows={1} label="Loading more of the session" />}
      </Panel>
    </Page>
  );
}

function Title({ session }: { session: SessionSummary }) {
  return (
    <>
      <VisibleText text={session.caller.displayName} /> on{' '}
      <VisibleText text={session.connection.title} />
    </>
  );
}

function Intro({ session }: { session: SessionSummary }) {
  const end = session.endedAt ?? session.lastSeenAt;
  return (
    <>
      {formatUtc(session.startedAt)},{' '}
      {formatDuration(Date.parse(end) - Date.parse(session.startedAt))} ·{' '}
      <VisibleText
        text={`${session.client.name ?? 'unnamed client'} ${session.client.version ?? ''}`.trim()}
      />{' '}
      · MCP {session.protocolVersion ?? ''} ({session.era})
    </>
  );
}

interface ControlsProps {
  items: readonly ReplayItem[];
  shown: readonly ReplayItem[];
  hidden: ReadonlySet<Family>;
  onHidden: (hidden: ReadonlySet<Family>) => void;
  player: Player;
}

function Controls({ items, shown, hidden, onHidden, player }: ControlsProps) {
  const families = [...new Set(items.flatMap(familiesOf))];
  const position = shown.findIndex((item) => item.id === player.currentId) + 1;
  const toggle = (family: Family) => {
    const next = new Set(hidden);
    if (!next.delete(family)) next.add(family);
    onHidden(next);
  };
  return (
    <div className="sticky top-0 z-10 flex flex-wrap items-center gap-x-6 gap-y-2 border-b border-line bg-bg py-2">
      <div role="group" aria-label="Replay" className="flex items-center gap-1.5">
        <Button size="small" onClick={() => player.step(-1)} aria-label="Previous" title="Key: ←">
          <Icon name="back" />
        </Button>
        <Button size="small" look="primary" onClick={player.toggle} title="Key: Space">
          <Icon name={player.playing ? 'pause' : 'play'} className="size-4" />
          {player.playing ? 'Pause' : 'Play'}
        </Button>
        <Button size="small" onClick={() => player.step(1)} aria-label="Next" title="Key: →">
          <Icon name="forward" />
        </Button>
        <span className="ml-1 text-sm text-muted">
          {position} / {shown.length}
        </span>
      </div>
      <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <legend className="sr-only">Show</legend>
        {families.map((family) => (
          <label key={family} className="flex items-center gap-1.5 text-sm">
            <input
              type="checkbox"
              className="size-4 accent-(--accent)"
              checked={!hidden.has(family)}
              onChange={() => toggle(family)}
            />
            {FAMILY_WORDS[family].many}
          </label>
        ))}
      </fieldset>
    </div>
  );
}
