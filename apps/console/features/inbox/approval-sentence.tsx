import { phraseOf, type ApprovalSummary } from '@holdpoint/contracts';
import { VisibleText } from '../../ui/visible-text.tsx';

type Subject = Pick<
  ApprovalSummary,
  'method' | 'target' | 'caller' | 'owner' | 'connection' | 'why'
>;

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
      {!short && <span className="text-muted"> — held because {asClauses(of.why)}</span>}
    </>
  );
}

/** Sentences made to follow "held because": no capital, no full stop, and not "held" once more. */
const asClauses = (why: string) => why.split(' · ').map(asClause).join(' · ');

function asClause(why: string): string {
  const trimmed = why
    .trim()
    .replace(/^Held for approval: /, '')
    .replace(/\.$/, '');
  return /^[A-Z](?:[a-z]| )/.test(trimmed)
    ? trimmed.charAt(0).toLowerCase() + trimmed.slice(1)
    : trimmed;
}
