'use client';

import {
  slackAccountListSchema,
  slackOfferSchema,
  type SlackAccountList,
  type SlackOffer,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** Opening the link ties nothing: the person looks which account it is, says that it is theirs, and confirms. */
export function SlackOfferPanel({
  token,
  onTied,
}: {
  token: string;
  onTied: (list: SlackAccountList) => void;
}) {
  const [offer, setOffer] = useState<SlackOffer>();
  const [isOwn, setIsOwn] = useState(false);
  const [isDone, setIsDone] = useState(false);
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const ask = async (work: () => Promise<void>) => {
    setSending(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(toFailure(error));
    }
    setSending(false);
  };
  const look = () =>
    ask(async () => {
      setOffer(await send('POST', '/api/slack-accounts/offer', { token }, slackOfferSchema));
    });
  const tie = () =>
    ask(async () => {
      onTied(await send('POST', '/api/slack-accounts', { token }, slackAccountListSchema));
      setIsDone(true);
    });
  if (isDone) {
    return (
      <Notice live tone="go" title="It is tied to you">
        <p>Press the button in Slack again to decide.</p>
      </Notice>
    );
  }
  return (
    <Panel title="Tie a Slack account to yourself">
      <div className="flex flex-col items-start gap-3">
        {offer === undefined ? (
          <>
            <p>You followed a link from Slack. Look first which account it is for.</p>
            <Button look="primary" disabled={sending} onClick={() => void look()}>
              Show the account
            </Button>
          </>
        ) : (
          <>
            <p>
              Verdicts from the Slack account{' '}
              <strong>
                <VisibleText text={offer.slackName} />
              </strong>{' '}
              would count as yours. Somebody who sent you this link wants to decide in your name: go
              on only if you pressed the button yourself, just now.
            </p>
            <CheckField
              label="This is my own Slack account, and I pressed the button"
              checked={isOwn}
              onValue={setIsOwn}
            />
            <Button look="primary" disabled={!isOwn || sending} onClick={() => void tie()}>
              Tie it to me
            </Button>
          </>
        )}
        <FailureNote failure={failure} />
      </div>
    </Panel>
  );
}
