'use client';

import { askedDetailSchema, type AskedDetail } from '@holdpoint/contracts';
import { useSWRConfig } from 'swr';
import { send } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { JsonText } from '../../ui/json-view.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Countdown } from '../../ui/time.tsx';
import { NoteForm } from '../inbox/note-form.tsx';
import { NoteList } from '../inbox/note-list.tsx';
import { AskedSentence } from './asked-sentence.tsx';
import { ASKED_PATH } from './use-asked.ts';

/** One call, and the questions about it to the person who answers for its agent. */
export function AskedPage({ id }: { id: string }) {
  const path = `${ASKED_PATH}/${encodeURIComponent(id)}`;
  const { data, failure, retry, replace } = useApi(path, askedDetailSchema);
  const { mutate } = useSWRConfig();
  const answer = async (text: string) => {
    replace(await send('POST', `${path}/answer`, { text }, askedDetailSchema));
    await mutate(ASKED_PATH);
  };
  return (
    <Page
      title="A question to you"
      action={<TextLink href="/asked">All that you were asked</TextLink>}
    >
      {failure?.code === 'not_found' ? (
        <Notice title="You were asked nothing about this call">
          <p>The link may be incomplete, or for somebody else. Sign in as whom it was sent to.</p>
        </Notice>
      ) : (
        failure !== undefined && <ErrorState failure={failure} onRetry={retry} />
      )}
      {data === undefined
        ? failure === undefined && <Skeleton label="Loading the question" />
        : failure?.code !== 'not_found' && <Question asked={data} onAnswer={answer} />}
    </Page>
  );
}

function Question({
  asked,
  onAnswer,
}: {
  asked: AskedDetail;
  onAnswer: (text: string) => Promise<void>;
}) {
  return (
    <>
      <p className="max-w-3xl text-lg">
        <AskedSentence of={asked} />
      </p>
      <p className="text-muted" role="status">
        {asked.isHeld ? (
          <>
            Its reviewers decide, <Countdown at={asked.expiresAt} />.
          </>
        ) : (
          'It isn’t held any more. You can still answer, for the record.'
        )}
      </p>
      <Panel title="What it would run — from the agent, treat as untrusted">
        {asked.argumentsText === null ? (
          <p className="text-muted">The arguments were removed after their retention time.</p>
        ) : (
          <JsonText text={asked.argumentsText} />
        )}
      </Panel>
      <section aria-labelledby="questions" className="flex max-w-3xl flex-col gap-3">
        <h2 id="questions" className="font-semibold">
          What you were asked
        </h2>
        <NoteList notes={asked.notes} label="Questions and answers" />
        <NoteForm
          label="Your answer"
          placeholder="For example: yes, that is the clean-up I asked for."
          hint="The reviewers read it. It is no verdict: it neither approves nor denies, and it can’t be taken back."
          onSend={onAnswer}
          actions={({ blocked }) => (
            <Button type="submit" look="primary" disabled={blocked}>
              Send the answer
            </Button>
          )}
        />
      </section>
    </>
  );
}
