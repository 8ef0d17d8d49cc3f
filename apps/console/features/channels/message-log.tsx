'use client';

import {
  messagePageSchema,
  replayedSchema,
  type Channel,
  type Message,
  type MessageState,
} from '@holdpoint/contracts';
import { useEffect, useState } from 'react';
import { useSWRConfig } from 'swr';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { usePages } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { eventWords, STATE_TONES, STATE_WORDS } from './channel-words.ts';

/** How often it is looked what became of a message that goes out now. */
const LOOK_MS = 2000;

const SHOWN: readonly (MessageState | 'all')[] = [
  'all',
  'failed',
  'retrying',
  'pending',
  'delivered',
  'dropped',
];
const FILTERS = SHOWN.map((value) => ({
  value,
  text: value === 'all' ? 'All messages' : STATE_WORDS[value],
}));

/** What a channel was told: each attempt, its answer, and when the next one is. */
export function MessageLog({
  channel,
  isAdmin,
  sent,
  onChange,
}: {
  channel: Channel;
  isAdmin: boolean;
  /** How many tests were sent from this page: each is one more message. */
  sent: number;
  onChange: () => void;
}) {
  const path = `/api/channels/${encodeURIComponent(channel.id)}`;
  const [state, setState] = useState<MessageState | 'all'>('all');
  const list = usePages(
    `${path}/messages${state === 'all' ? '' : `?state=${state}`}`,
    messagePageSchema,
  );
  const { retry: refresh } = list;
  useEffect(() => {
    if (sent > 0) refresh();
  }, [sent, refresh]);
  const [refused, setRefused] = useState<ApiFailure>();
  const replay = async (message: string | null) => {
    setRefused(undefined);
    try {
      await send('POST', `${path}/replay`, { message }, replayedSchema);
    } catch (error) {
      setRefused(toFailure(error));
    }
    list.retry();
    onChange();
  };
  const items = list.pages?.flatMap((page) => page.items);
  const { mutate } = useSWRConfig();
  const isGoingOut =
    items?.some(({ state: now, heldBackUntil }) => now === 'pending' && heldBackUntil === null) ===
    true;
  useEffect(() => {
    if (!isGoingOut) return;
    const timer = setInterval(() => {
      refresh();
      void mutate(path);
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [isGoingOut, refresh, mutate, path]);
  return (
    <Panel
      title="Log"
      flush
      action={
        isAdmin &&
        channel.dead > 0 && (
          <Button size="small" onClick={() => void replay(null)}>
            {channel.dead === 1
              ? 'Send the one given up again'
              : `Send all ${channel.dead} given up again`}
          </Button>
        )
      }
    >
      <div className="max-w-64 px-4 pt-3">
        <SelectField label="Show" value={state} options={FILTERS} onValue={setState} />
      </div>
      <div className="px-4 pt-2 empty:hidden">
        <FailureNote failure={refused} />
      </div>
      {list.failure !== undefined && <ErrorState failure={list.failure} onRetry={list.retry} />}
      {items === undefined ? (
        list.failure === undefined && <Skeleton rows={3} label="Loading messages" />
      ) : items.length === 0 ? (
        <EmptyState title="No message here" />
      ) : (
        <ul aria-label="Messages">
          {items.map((message) => (
            <Row
              key={message.id}
              message={message}
              onReplay={isAdmin ? () => void replay(message.id) : null}
            />
          ))}
        </ul>
      )}
      {list.hasMore && (
        <div className="p-3 text-center">
          <Button size="small" disabled={list.loadingMore} onClick={list.loadMore}>
            Older ones
          </Button>
        </div>
      )}
    </Panel>
  );
}

function Row({ message, onReplay }: { message: Message; onReplay: (() => void) | null }) {
  const { state, event, approvalId, recipient, attempts, reason, nextAttemptAt } = message;
  return (
    <li className="flex flex-col gap-1.5 border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge tone={STATE_TONES[state]}>{STATE_WORDS[state]}</Badge>
        <span className="font-medium">{eventWords(event)}</span>
        {approvalId !== null && (
          <TextLink href={`/inbox/${encodeURIComponent(approvalId)}`}>approval</TextLink>
        )}
        {recipient !== null && (
          <span>
            to <VisibleText text={recipient} />
          </span>
        )}
        <span className="text-sm text-muted">
          <Utc at={message.createdAt} />
        </span>
        {state === 'failed' && event !== 'channel.test' && onReplay !== null && (
          <Button size="small" onClick={onReplay}>
            Send again
          </Button>
        )}
      </div>
      {state === 'dropped' && reason !== null && (
        <p className="text-sm text-muted">
          Not sent: <VisibleText text={reason} />
        </p>
      )}
      {attempts.length > 0 && (
        <ol className="flex flex-col gap-0.5 text-sm text-muted" aria-label="Attempts">
          {attempts.map((attempt) => (
            <li key={attempt.number} className="break-words">
              {attempt.number}. <Utc at={attempt.at} />, {attempt.tookMs} ms:{' '}
              <span className={attempt.delivered ? 'text-go' : 'text-stop'}>
                <VisibleText text={attempt.answer === '' ? 'no answer' : attempt.answer} />
              </span>
            </li>
          ))}
        </ol>
      )}
      {message.heldBackUntil !== null && state === 'pending' && (
        <p className="text-sm text-muted">
          Told at <Utc at={message.heldBackUntil} />, as the person chose, with what else waits by
          then
        </p>
      )}
      {nextAttemptAt !== null && state === 'retrying' && (
        <p className="text-sm text-hold">
          Tried again at <Utc at={nextAttemptAt} />
        </p>
      )}
    </li>
  );
}
