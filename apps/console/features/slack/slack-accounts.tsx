'use client';

import {
  slackAccountListSchema,
  type SlackAccount,
  type SlackAccountList,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { Button } from '../../ui/button.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { SlackOfferPanel } from './slack-offer.tsx';

/** Slack accounts that decide as this person. A link from Slack leads here to tie another one. */
export function SlackAccounts({ token }: { token: string | null }) {
  const { data, failure, retry, replace } = useApi('/api/slack-accounts', slackAccountListSchema);
  const [refused, setRefused] = useState<ApiFailure>();
  const untie = async ({ teamId, userId }: SlackAccount) => {
    setRefused(undefined);
    try {
      const body = { teamId, userId };
      replace(await send('DELETE', '/api/slack-accounts', body, slackAccountListSchema));
    } catch (error) {
      setRefused(toFailure(error));
    }
  };
  return (
    <Page
      title="Slack"
      intro="Slack accounts whose buttons give verdicts as you. Everything that is checked for a click here is checked for them."
    >
      {token !== null && (
        <SlackOfferPanel token={token} onTied={(list: SlackAccountList) => replace(list)} />
      )}
      <Panel title="Tied to you" flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        <FailureNote failure={refused} />
        {data === undefined ? (
          failure === undefined && <Skeleton rows={1} label="Loading Slack accounts" />
        ) : data.items.length === 0 ? (
          <EmptyState title="No Slack account is tied to you">
            <p>Press a button of a held call in Slack: it gives you a link.</p>
          </EmptyState>
        ) : (
          <ul aria-label="Slack accounts">
            {data.items.map((account) => (
              <li
                key={`${account.teamId} ${account.userId}`}
                className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0"
              >
                <span className="min-w-0 flex-1 basis-56 break-words">
                  <VisibleText text={account.slackName} />{' '}
                  <span className="text-sm text-muted">
                    since <Utc at={account.tiedAt} />
                  </span>
                </span>
                <Button
                  size="small"
                  onClick={() => void untie(account)}
                  aria-label={`Untie ${account.slackName}`}
                >
                  Untie
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </Page>
  );
}
