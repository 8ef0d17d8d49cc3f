import type { ApprovalDetail, Spoken } from '@holdpoint/contracts';
import { JsonText } from '../../ui/json-view.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** What the connection asked the agent for while the call ran, and what it was told. */
export function ApprovalConversation({ approval }: { approval: ApprovalDetail }) {
  if (approval.conversation.length === 0) return null;
  return (
    <section aria-labelledby="conversation" className="flex max-w-4xl flex-col gap-3">
      <h2 id="conversation" className="font-semibold">
        Asked and answered while it ran
      </h2>
      <p className="text-sm text-muted">
        Nobody approves these one by one: they belong to the call that was released.
      </p>
      <ol aria-labelledby="conversation" className="flex flex-col gap-3">
        {approval.conversation.map((spoken) => (
          <li
            key={spoken.id}
            className="overflow-hidden rounded-lg border border-untrusted/50 bg-surface"
          >
            <SpokenItem spoken={spoken} approval={approval} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function SpokenItem({ spoken, approval }: { spoken: Spoken; approval: ApprovalDetail }) {
  return (
    <>
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 bg-untrusted-soft px-4 py-1.5">
        <h3 className="font-semibold text-untrusted">
          From{' '}
          {spoken.from === 'agent' ? 'the agent' : <VisibleText text={approval.connection.title} />}{' '}
          — treat as untrusted
        </h3>
        <span className="text-sm">
          <ClockTime at={spoken.at} />
        </span>
      </div>
      <div className="flex flex-col gap-2 p-4">
        {spoken.methods.length > 0 && (
          <p className="text-sm">
            {spoken.from === 'agent' ? 'Replies to ' : 'Asks for '}
            <code className="font-mono">
              <VisibleText text={spoken.methods.join(', ')} />
            </code>
            {spoken.refused && (
              <span className="text-stop"> — refused by policy, the agent never saw it</span>
            )}
          </p>
        )}
        {spoken.tooLong ? (
          <p className="text-muted">
            Too long for this page.{' '}
            <TextLink href={`/sessions/${approval.sessionId}`}>
              Read it in the session’s replay
            </TextLink>
          </p>
        ) : spoken.text === null ? (
          <p className="text-muted">
            {spoken.refused
              ? 'Not shown: it went no further than the gateway.'
              : 'Not shown: it was removed after its retention time, or your role may not open it.'}
          </p>
        ) : (
          <JsonText text={spoken.text} />
        )}
      </div>
    </>
  );
}
