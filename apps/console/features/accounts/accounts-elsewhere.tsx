'use client';

import {
  channelAccountListSchema,
  type ChannelAccount,
  type ChannelAccountList,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Utc } from '../../ui/time.tsx';
import { AccountName } from './account-name.tsx';
import { OfferedAccounts } from './offered-accounts.tsx';
import { TieAccount } from './tie-account.tsx';

const PATH = '/api/channel-accounts';

/** Accounts in other systems that decide as this person. */
export function AccountsElsewhere() {
  const { data, failure, retry, replace } = useApi(PATH, channelAccountListSchema);
  // A code that was answered is used up: the form begins anew.
  const [answered, setAnswered] = useState(0);
  const onAnswered = (list: ChannelAccountList) => {
    replace(list);
    setAnswered((count) => count + 1);
  };
  return (
    <Page
      title="Accounts elsewhere"
      intro="Accounts in other systems whose verdicts count as yours. Everything that is checked for a click here is checked for them."
    >
      {data !== undefined && <OfferedAccounts offered={data.offered} onAnswered={onAnswered} />}
      {data !== undefined && (
        <TieAccount key={answered} channels={data.channels} offered={data.offered} onLook={retry} />
      )}
      <Panel title="Tied to you" flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {data === undefined ? (
          failure === undefined && <Skeleton rows={1} label="Loading accounts" />
        ) : data.items.length === 0 ? (
          <EmptyState title="No account is tied to you" />
        ) : (
          <ul aria-label="Accounts tied to you">
            {data.items.map((account) => (
              <Row
                key={`${account.channelId} ${account.account}`}
                account={account}
                onUntied={replace}
              />
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="Slack">
        <p>
          A button in Slack gives you a link to tie that account.{' '}
          <TextLink href="/settings/slack">See and untie yours</TextLink>
        </p>
      </Panel>
    </Page>
  );
}

function Row({
  account,
  onUntied,
}: {
  account: ChannelAccount;
  onUntied: (list: ChannelAccountList) => void;
}) {
  const { sending, failure, start } = useSending();
  const untie = () =>
    start(async () => {
      const body = { channelId: account.channelId, account: account.account };
      onUntied(await send('DELETE', PATH, body, channelAccountListSchema));
    });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <span className="flex min-w-0 flex-1 basis-56 flex-col gap-1">
        <span className="break-words">
          <AccountName account={account} />{' '}
          {!account.counts && <Badge tone="hold">decides nothing now</Badge>}
        </span>
        <span className="text-sm text-muted">
          {account.counts ? (
            <>
              since <Utc at={account.tiedAt} />
            </>
          ) : (
            'The channel’s secret was changed, or it takes no verdicts now. Tie the account again.'
          )}
        </span>
        <FailureNote failure={failure} />
      </span>
      <Button
        size="small"
        disabled={sending}
        onClick={() => void untie()}
        aria-label={`Untie ${account.name}`}
      >
        Untie
      </Button>
    </li>
  );
}
