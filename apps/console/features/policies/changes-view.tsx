import type { PolicyChanges, PolicyRuleView } from '@holdpoint/contracts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

const FIELDS = [
  ['effect', 'effect'],
  ['match', 'applies to'],
  ['when', 'when'],
  ['unless', 'unless'],
  ['approval', 'chain'],
  ['stepUp', 'step-up'],
  ['masks', 'masks'],
  ['message', 'message'],
  ['description', 'description'],
  ['observed', 'only observed'],
] as const;

/** What one text does otherwise than another, rule by rule. */
export function ChangesView({ changes }: { changes: PolicyChanges | null }) {
  if (changes === null)
    return <p className="text-muted">One of the texts can’t be read as a policy.</p>;
  const { rules, chains, default: fallback } = changes;
  if (rules.length + chains.length === 0 && fallback === null)
    return <p className="text-muted">No rule changes: calls are decided as before.</p>;
  return (
    <ul aria-label="Changed rules" className="divide-y divide-line rounded-md border border-line">
      {rules.map(({ id, before, after }) => (
        <li key={id} className="flex min-w-0 flex-col gap-1 px-3 py-2">
          <p className="flex flex-wrap items-center gap-2">
            <Kind before={before} after={after} />
            <code className="min-w-0 font-mono break-all">{id}</code>
          </p>
          {after === null || before === null ? (
            <p className="break-words text-muted">
              <VisibleText text={inWords(after ?? before)} />
            </p>
          ) : (
            <Differences before={before} after={after} />
          )}
        </li>
      ))}
      {chains.map(({ name, kind }) => (
        <li key={`chain ${name}`} className="px-3 py-2">
          The chain <code className="font-mono break-all">{name}</code> is {kind}.
        </li>
      ))}
      {fallback !== null && (
        <li className="px-3 py-2">
          The default changes from {fallback.before ?? 'each connection’s own'} to{' '}
          {fallback.after ?? 'each connection’s own'}.
        </li>
      )}
    </ul>
  );
}

function Kind({ before, after }: { before: PolicyRuleView | null; after: PolicyRuleView | null }) {
  const [tone, word]: [Tone, string] =
    before === null ? ['go', 'new'] : after === null ? ['stop', 'removed'] : ['hold', 'changed'];
  return <Badge tone={tone}>{word}</Badge>;
}

function Differences({ before, after }: { before: PolicyRuleView; after: PolicyRuleView }) {
  const changed = FIELDS.filter(([key]) => textOf(before[key]) !== textOf(after[key]));
  if (changed.length === 0) return <p className="text-muted">Its place only.</p>;
  return (
    <dl className="flex flex-col gap-0.5">
      {changed.map(([key, name]) => (
        <div key={key} className="min-w-0 break-words">
          <dt className="inline text-muted">{name}: </dt>
          <dd className="inline">
            <del className="text-stop">
              <VisibleText text={textOf(before[key])} />
            </del>{' '}
            →{' '}
            <ins className="text-go no-underline">
              <VisibleText text={textOf(after[key])} />
            </ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function inWords(rule: PolicyRuleView | null): string {
  if (rule === null) return '';
  const parts = [rule.effect ?? 'mask', `applies to ${rule.match}`];
  if (rule.when !== null) parts.push(`when ${rule.when}`);
  if (rule.unless !== null) parts.push(`unless ${rule.unless}`);
  if (rule.stepUp !== null) parts.push(`approved with a ${rule.stepUp}`);
  if (rule.masks.length > 0) parts.push(`masks ${rule.masks.join(', ')}`);
  if (rule.observed) parts.push('only observed');
  return `${rule.description === null ? '' : `${rule.description}: `}${parts.join(', ')}`;
}

function textOf(value: PolicyRuleView[keyof PolicyRuleView]): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return value;
}
