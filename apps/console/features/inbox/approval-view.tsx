'use client';

import { approvalDetailSchema, sentenceText, type ApprovalDetail } from '@holdpoint/contracts';
import { useEffect, useRef, useState } from 'react';
import { useSWRConfig } from 'swr';
import { noteApprovals } from '../../lib/live.tsx';
import { useApi } from '../../lib/use-api.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { Countdown } from '../../ui/time.tsx';
import { Badge } from '../../ui/badge.tsx';
import { FreezeButtons } from '../freeze/freeze-buttons.tsx';
import { ApprovalAround } from './approval-context.tsx';
import { ApprovalArguments } from './approval-arguments.tsx';
import { ApprovalChain } from './approval-chain.tsx';
import { ApprovalConsequence } from './approval-consequence.tsx';
import { ApprovalConversation } from './approval-conversation.tsx';
import { ApprovalEdits } from './approval-edits.tsx';
import { ApprovalFacts } from './approval-facts.tsx';
import { ApprovalGrant } from './approval-grant.tsx';
import { ApprovalOutcome } from './approval-outcome.tsx';
import { ApprovalPasskey } from './approval-passkey.tsx';
import { ApprovalReasons } from './approval-reasons.tsx';
import { ApprovalRejudged } from './approval-rejudged.tsx';
import { ApprovalSentence } from './approval-sentence.tsx';
import { ApprovalTalk } from './approval-talk.tsx';
import { ApprovalWatch } from './approval-watch.tsx';
import { BreakGlassBanner } from './break-glass-banner.tsx';
import { BreakGlassForm } from './break-glass-form.tsx';
import { STATE_WORDS } from './approval-states.ts';
import { useHasDecided } from './use-has-decided.ts';
import { SnoozeButton } from './snooze-button.tsx';
import { VerdictBar } from './verdict-bar.tsx';

interface Props {
  id: string;
  /** How many other approvals wait. */
  waiting: number;
  onNext: (() => void) | null;
  onClose: () => void;
}

/** One approval, opened: everything a verdict needs, and after it everything that came of it. */
export function ApprovalView({ id, waiting, onNext, onClose }: Props) {
  const path = `/api/approvals/${encodeURIComponent(id)}`;
  const { data, failure, retry, replace } = useApi(path, approvalDetailSchema);
  const { mutate } = useSWRConfig();
  // The state it was opened in: a change from `held` while it is open is somebody's verdict.
  const [openedIn, setOpenedIn] = useState<ApprovalDetail['state']>();
  if (openedIn === undefined && data !== undefined) setOpenedIn(data.state);

  const back = (
    <Button look="quiet" size="small" className="-ml-2 self-start md:hidden" onClick={onClose}>
      <Icon name="back" /> Inbox
    </Button>
  );
  if (data === undefined) {
    return (
      <div className="p-4 md:p-8">
        {back}
        {failure === undefined ? (
          <Skeleton label="Loading the approval" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )}
      </div>
    );
  }
  const onDecided = (answer: ApprovalDetail) => {
    replace(answer);
    noteApprovals([id]);
    void mutate(
      (key) => key === '/api/approvals/count' || String(key).startsWith('/api/approvals?'),
    );
  };
  return (
    <article className="flex min-h-full flex-col">
      <div className="flex flex-1 flex-col gap-5 px-4 pt-4 pb-6 md:px-8 md:pt-7">
        {back}
        <Headline approval={data} />
        <div className="flex flex-wrap items-center gap-2 empty:hidden">
          <ApprovalWatch approval={data} onChanged={retry} />
          <SnoozeButton approval={data} onChanged={retry} />
        </div>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        <BreakGlassBanner approval={data} />
        <ApprovalOutcome
          approval={data}
          settledWhileOpen={openedIn === 'held' && data.state !== 'held'}
        />
        <ApprovalRejudged approval={data} />
        <ApprovalReasons approval={data} />
        <ApprovalPasskey approval={data} />
        <ApprovalGrant approval={data} />
        <ApprovalEdits approval={data} onChanged={onDecided} />
        <ApprovalArguments approval={data} />
        <ApprovalConsequence approval={data} />
        <ApprovalConversation approval={data} />
        <ApprovalChain approval={data} />
        <ApprovalAround approval={data} />
        <ApprovalTalk approval={data} onSaid={replace} />
        <ApprovalFacts approval={data} />
        <BreakGlassForm approval={data} onDecided={onDecided} onStale={retry} />
        <FreezeButtons caller={data.caller} connection={data.connection} />
      </div>
      <VerdictBar
        approval={data}
        waiting={waiting}
        onDecided={onDecided}
        onStale={retry}
        onNext={onNext}
      />
    </article>
  );
}

/** The item in the window's title while it is open, so that a tab or bookmark can be told apart. */
function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = 'Inbox · Holdpoint';
    };
  }, [title]);
}

function Headline({ approval }: { approval: ApprovalDetail }) {
  const ref = useRef<HTMLHeadingElement>(null);
  // The reader of a screen reader is taken along; keys still act on this item only.
  useEffect(() => ref.current?.focus(), []);
  useDocumentTitle(`${sentenceText(approval)} · Holdpoint`);
  const words = STATE_WORDS[approval.state];
  const mine = useHasDecided(approval);
  return (
    <header className="flex max-w-3xl flex-col gap-2">
      <h1 ref={ref} tabIndex={-1} className="text-xl leading-snug font-normal tracking-tight">
        <ApprovalSentence of={approval} />
      </h1>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <span data-testid="approval-state" data-state={approval.state} role="status">
          <Badge tone={words.tone}>{words.label}</Badge>
        </span>
        {approval.state === 'held' && (
          <>
            <span className="inline-flex items-center gap-1">
              <Icon name="clock" className="size-4" />
              <Countdown at={approval.expiresAt} />
            </span>
            <span>
              {approval.agentWaiting
                ? 'The agent is waiting.'
                : 'The agent stopped waiting: if approved, it runs when the agent asks again.'}
            </span>
            {mine && (
              <span>
                {approval.mayDecide.ok
                  ? `Your verdict is in, and final. Step ${approval.mayDecide.step + 1} is yours to decide, too.`
                  : 'Your verdict is in, and final; others still have to give theirs.'}
              </span>
            )}
          </>
        )}
      </div>
    </header>
  );
}
