'use client';

import {
  tieCodeSchema,
  type ChannelAccountList,
  type OfferedAccount,
  type TieCode,
} from '@holdpoint/contracts';
import { useEffect, useState } from 'react';
import { send } from '../../lib/api.ts';
import { useNow } from '../../lib/clock.ts';
import { useSending } from '../../lib/use-sending.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { EmptyState, FailureNote } from '../../ui/states.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** How often it is looked whether an account sent the code. */
const LOOK_MS = 3000;

/** A code for one channel, and the wait for the account that sends it. */
export function TieAccount({
  channels,
  offered,
  onLook,
}: {
  channels: ChannelAccountList['channels'];
  offered: readonly OfferedAccount[];
  onLook: () => void;
}) {
  const [chosen, setChosen] = useState('');
  const [code, setCode] = useState<TieCode>();
  const { sending, failure, start } = useSending({ stays: true });
  const now = useNow();
  const isSent = offered.some(({ channelId }) => channelId === code?.channelId);
  const isOver = code !== undefined && now !== null && now >= Date.parse(code.expiresAt);
  const isWaiting = code !== undefined && !isSent && !isOver;
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(onLook, LOOK_MS);
    return () => clearInterval(timer);
  }, [isWaiting, onLook]);

  const [first] = channels;
  if (first === undefined) {
    return (
      <Panel title="Tie an account">
        <EmptyState title="No channel takes verdicts">
          <p>An admin lets them come back on a channel, under Channels.</p>
        </EmptyState>
      </Panel>
    );
  }
  const channelId = channels.some(({ id }) => id === chosen) ? chosen : first.id;
  const make = () =>
    start(async () =>
      setCode(await send('POST', '/api/channel-accounts/codes', { channelId }, tieCodeSchema)),
    );
  return (
    <Panel title="Tie an account">
      <div className="flex flex-col items-start gap-3">
        <div className="w-full max-w-96">
          <SelectField
            label="Channel"
            value={channelId}
            options={channels.map(({ id, title }) => ({ value: id, text: title }))}
            onValue={setChosen}
          />
        </div>
        <Button look="primary" disabled={sending} onClick={() => void make()}>
          {code === undefined ? 'Get a code' : 'Get another code'}
        </Button>
        <FailureNote failure={failure} />
        {isOver && !isSent && (
          <p role="status">
            No account sent the code in time, so it ties nothing any more. Get another one.
          </p>
        )}
        {isWaiting && (
          <div role="status" className="flex flex-col gap-2">
            <p>
              Send this from your account, through <VisibleText text={code.channelTitle} />. The
              first account that sends it is shown here, and you say whether it is yours. Until{' '}
              <ClockTime at={code.expiresAt} />.
            </p>
            <span className="flex flex-wrap items-center gap-2">
              <code className="font-mono text-sm break-all" data-testid="tie-code">
                {code.code}
              </code>
              <CopyButton text={code.code} label="Copy the code" />
            </span>
          </div>
        )}
      </div>
    </Panel>
  );
}
