'use client';

import {
  channelAccountListSchema,
  type ChannelAccountList,
  type OfferedAccount,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { AccountName } from './account-name.tsx';

/** Accounts that sent this person's code. A code ties nothing: the person looks who it was, and says so. */
export function OfferedAccounts({
  offered,
  onAnswered,
}: {
  offered: readonly OfferedAccount[];
  onAnswered: (list: ChannelAccountList) => void;
}) {
  return offered.map((one) => <Offered key={one.id} offered={one} onAnswered={onAnswered} />);
}

function Offered({
  offered,
  onAnswered,
}: {
  offered: OfferedAccount;
  onAnswered: (list: ChannelAccountList) => void;
}) {
  const [isOwn, setIsOwn] = useState(false);
  const { sending, failure, start } = useSending();
  const answer = (method: 'POST' | 'DELETE', path: string) =>
    start(async () =>
      onAnswered(await send(method, path, { id: offered.id }, channelAccountListSchema)),
    );
  return (
    <Panel title="An account sent your code">
      <div role="status" className="flex flex-col items-start gap-3">
        <p>
          Verdicts from <AccountName account={offered} />, would count as yours. Whoever sent the
          code may have read it from you: go on only if that was you, from this account.
        </p>
        <CheckField
          label="This is my own account, and I sent the code from it"
          checked={isOwn}
          onValue={setIsOwn}
        />
        <span className="flex flex-wrap gap-3">
          <Button
            look="primary"
            disabled={!isOwn || sending}
            onClick={() => void answer('POST', '/api/channel-accounts')}
          >
            Tie it to me
          </Button>
          <Button
            disabled={sending}
            onClick={() => void answer('DELETE', '/api/channel-accounts/offered')}
          >
            It isn’t mine
          </Button>
        </span>
        <FailureNote failure={failure} />
      </div>
    </Panel>
  );
}
