import type { ApprovalSummary } from '@holdpoint/contracts';
import { visibleString } from '../../lib/visible-text.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

type Subject = Pick<
  ApprovalSummary,
  'method' | 'target' | 'caller' | 'owner' | 'connection' | 'why'
>;

interface Phrase {
  readonly before: string;
  /** The name the agent chose, if the sentence has one. */
  readonly name: string | null;
  readonly between: string;
}

// INVARIANT: the sentence holds only names an admin set, the admin's reason, and the escaped name
// of what is called: an agent must not be able to write its own recommendation.
export function ApprovalSentence({ of, short = false }: { of: Subject; short?: boolean }) {
  const phrase = phraseOf(of);
  return (
    <>
      <strong className="font-semibold">
        <VisibleText text={of.caller.displayName} />
      </strong>
      {of.caller.kind === 'person' && '’s agent'}
      {!short && of.owner !== null && (
        <span className="text-muted">
          {' '}
          (<VisibleText text={of.owner.name} />
          ’s agent)
        </span>
      )}{' '}
      {phrase.before}{' '}
      {phrase.name !== null && (
        <strong className="font-mono text-[0.94em] font-semibold">
          <VisibleText text={phrase.name} />
        </strong>
      )}{' '}
      {phrase.between}{' '}
      <strong className="font-semibold">
        <VisibleText text={of.connection.title} />
      </strong>
      {!short && <span className="text-muted"> — held because {asClause(of.why)}</span>}
    </>
  );
}

/** The same in plain text, for the window's title. */
export function sentenceText(of: Subject): string {
  const { before, name, between } = phraseOf(of);
  const agent =
    of.caller.kind === 'person' ? `${of.caller.displayName}’s agent` : of.caller.displayName;
  const words = [agent, before, name ?? '', between, of.connection.title];
  return words
    .filter((word) => word !== '')
    .map(visibleString)
    .join(' ');
}

function phraseOf({ method, target }: Subject): Phrase {
  switch (method) {
    case 'tools/call':
      return { before: 'wants to run', name: target, between: 'on' };
    case 'resources/read':
      return { before: 'wants to read', name: target, between: 'from' };
    case 'resources/subscribe':
    case 'subscriptions/listen':
      return { before: 'wants to follow', name: target, between: 'on' };
    case 'prompts/get':
      return { before: 'wants the prompt', name: target, between: 'from' };
    case 'completion/complete':
      return { before: 'wants suggestions for', name: target, between: 'from' };
    case 'sampling/createMessage':
      return { before: 'is asked to run its model', name: null, between: 'for' };
    case 'elicitation/create':
      return { before: 'is asked to question its person', name: null, between: 'for' };
    default:
      return {
        before: 'wants to send',
        name: target === null ? method : `${method} ${target}`,
        between: 'to',
      };
  }
}

/** An admin's sentence, made to follow a "because": no capital, no full stop. */
function asClause(why: string): string {
  const trimmed = why.trim().replace(/\.$/, '');
  return /^[A-Z](?:[a-z]| )/.test(trimmed)
    ? trimmed.charAt(0).toLowerCase() + trimmed.slice(1)
    : trimmed;
}
