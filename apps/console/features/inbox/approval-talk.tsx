'use client';

import {
  approvalDetailSchema,
  type ApprovalDetail,
  type ApprovalTalk as Talk,
  type NoteInput,
} from '@holdpoint/contracts';
import { useRef } from 'react';
import { send } from '../../lib/api.ts';
import { useMe } from '../../lib/use-api.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { NoteForm, type Send } from './note-form.tsx';
import { NoteList } from './note-list.tsx';

/** What its reviewers say to each other, and what the agent's person answers them. */
export function ApprovalTalk({
  approval,
  onSaid,
}: {
  approval: ApprovalDetail;
  onSaid: (answer: ApprovalDetail) => void;
}) {
  const ref = useRef<HTMLTextAreaElement>(null);
  const { notes, mayComment, mayAsk, mayAnswer, askable } = approval.talk;
  useShortcuts({ c: () => ref.current?.focus() });
  if (notes.length === 0 && !mayComment) return null;

  const say =
    (kind: NoteInput['kind']): Send =>
    async (text) => {
      const path = `/api/approvals/${encodeURIComponent(approval.id)}/notes`;
      onSaid(await send('POST', path, { kind, text } satisfies NoteInput, approvalDetailSchema));
    };
  return (
    <section aria-labelledby="talk" className="flex max-w-3xl flex-col gap-3">
      <h2 id="talk" className="font-semibold">
        Comments and questions
      </h2>
      {notes.length > 0 && <NoteList notes={notes} label="What was said" />}
      {mayAnswer && (
        <p>
          You were asked. <TextLink href={`/asked/${approval.id}`}>Answer the question</TextLink>
        </p>
      )}
      {mayComment && (
        <NoteForm
          label="Say something"
          placeholder="For example: what is this for?"
          inputRef={ref}
          onSend={say('comment')}
          hint="Decides nothing, and the agent never sees it. Everyone with a role does; it can’t be taken back."
          actions={({ blocked, send: submit }) => (
            <>
              <Button type="submit" disabled={blocked} title="Keys: c, then Ctrl Enter">
                Comment
              </Button>
              {mayAsk && askable !== null && (
                <Button disabled={blocked} onClick={() => submit(say('question'))}>
                  Ask <VisibleText text={askable.person.name} />
                </Button>
              )}
            </>
          )}
        />
      )}
      {mayComment && <WhoIsAsked approvalId={approval.id} askable={askable} />}
    </section>
  );
}

/** Who answers for the agent, and how they hear of a question. */
function WhoIsAsked({ approvalId, askable }: { approvalId: string; askable: Talk['askable'] }) {
  const origin = useMe().data?.publicUrl;
  if (askable === null) {
    return (
      <p className="text-sm text-muted">
        Nobody owns this service identity, so there is nobody to ask.
      </p>
    );
  }
  const { person, hasSignedIn } = askable;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
      <p>
        <VisibleText text={person.name} />
        {person.email !== null && (
          <>
            {' '}
            (<VisibleText text={person.email} />)
          </>
        )}{' '}
        answers for this agent.{' '}
        {hasSignedIn
          ? 'A question shows up when they open the console.'
          : 'They never signed in here: nobody sees a question until they do. Send them the link.'}
      </p>
      {origin !== undefined && (
        <CopyButton
          text={`${origin}/asked/${approvalId}`}
          label="Copy link to where they answer"
          shown="Copy link"
        />
      )}
    </div>
  );
}
