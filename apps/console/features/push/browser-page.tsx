'use client';

import { pushStateSchema, type Me, type PushBrowser, type PushState } from '@holdpoint/contracts';
import { useEffect, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { SubscribePanel } from './subscribe-panel.tsx';
import { endHere, ownSubscription } from './this-browser.ts';

/** Being told in this browser, and the list of all of one's browsers. */
export function BrowserPage() {
  const { data: me } = useMe();
  const { data: state, failure, retry, replace } = useApi('/api/push', pushStateSchema);
  const [hash, setHash] = useOwnHash(state);
  const isLoading = state === undefined || me === undefined || hash === undefined;
  const take = (next: PushState) => {
    replace(next);
    setHash(undefined);
  };
  return (
    <Page
      title="This browser"
      intro="Be told here of calls that ask you for a verdict, also while the console is closed. A click opens the call; nothing is decided by a notification."
    >
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      {isLoading ? (
        failure === undefined && <Skeleton label="Loading your browsers" />
      ) : state.publicKey === null ? (
        <NoChannel me={me} />
      ) : (
        <SubscribePanel
          person={me.person.key}
          publicKey={state.publicKey}
          browser={state.browsers.find(({ endpointHash }) => endpointHash === hash) ?? null}
          onState={take}
        />
      )}
      {!isLoading && state.browsers.length > 0 && (
        <BrowserList browsers={state.browsers} own={hash} onState={take} />
      )}
    </Page>
  );
}

/** Which subscription is this browser's; `null` for none, `undefined` until it is known. */
function useOwnHash(state: PushState | undefined) {
  const [hash, setHash] = useState<string | null>();
  useEffect(() => {
    let isCurrent = true;
    ownSubscription()
      .catch(() => null)
      .then((own) => isCurrent && setHash(own?.hash ?? null))
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [state]);
  return [hash, setHash] as const;
}

function NoChannel({ me }: { me: Me }) {
  return (
    <EmptyState title="No browser can be told yet">
      {me.roles.includes('admin') ? (
        <p>
          Add a channel of the kind “Browsers” first.{' '}
          <TextLink href="/settings/channels">Channels</TextLink>
        </p>
      ) : (
        <p>An admin has to set up a channel for browsers, or switch it on.</p>
      )}
    </EmptyState>
  );
}

function BrowserList({
  browsers,
  own,
  onState,
}: {
  browsers: readonly PushBrowser[];
  own: string | null;
  onState: (state: PushState) => void;
}) {
  const [refused, setRefused] = useState<ApiFailure>();
  const remove = async ({ id, endpointHash }: PushBrowser) => {
    setRefused(undefined);
    try {
      onState(await send('DELETE', `/api/push/browsers/${id}`, {}, pushStateSchema));
      if (endpointHash === own) await endHere();
    } catch (error) {
      setRefused(toFailure(error));
    }
  };
  return (
    <Panel title="Your browsers" flush>
      <div className="px-4 pt-2 empty:hidden">
        <FailureNote failure={refused} />
      </div>
      <ul aria-label="Your browsers">
        {browsers.map((browser) => (
          <li
            key={browser.id}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0"
          >
            <span className="min-w-0 flex-1 basis-56 break-words">
              <VisibleText text={browser.label} />{' '}
              {browser.endpointHash === own && <Badge tone="go">this one</Badge>}
              <span className="block text-sm text-muted">
                since <Utc at={browser.createdAt} />,{' '}
                {browser.lastOkAt === null ? (
                  'not told of anything yet'
                ) : (
                  <>
                    last told <Utc at={browser.lastOkAt} />
                  </>
                )}
                , through <VisibleText text={browser.service} />
              </span>
            </span>
            <Button
              size="small"
              onClick={() => void remove(browser)}
              aria-label={`Remove ${browser.label}`}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
