import type { ConditionTrace, RuleTrace } from '@holdpoint/contracts';
import { plural } from '../../../lib/format.ts';
import { Badge } from '../../../ui/badge.tsx';
import { Disclosure } from '../../../ui/disclosure.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import { EFFECT_TONES } from '../simulation/simulation-outcome.tsx';

/** Each rule in the order in which rules are asked; those about other calls are folded away. */
export function RuleSteps({ rules }: { rules: readonly RuleTrace[] }) {
  const about = rules.filter((rule) => rule.about);
  const others = rules.filter((rule) => !rule.about);
  if (rules.length === 0) return <p className="text-muted">The text has no rules.</p>;
  return (
    <div className="flex flex-col gap-2">
      {about.length === 0 && <p className="text-muted">No rule is about this call.</p>}
      <ul aria-label="Rules about this call" className="flex flex-col gap-2">
        {about.map((rule) => (
          <RuleStep key={rule.ruleId} rule={rule} />
        ))}
      </ul>
      {others.length > 0 && (
        <Disclosure title={`${plural(others.length, 'rule')} about other calls`}>
          <ul className="flex flex-col gap-1">
            {others.map(({ ruleId, excludedBy }) => (
              <li key={ruleId}>
                <code className="font-mono text-sm">{ruleId}</code>{' '}
                <span className="text-muted">left out by {excludedBy.join(' and ')}</span>
              </li>
            ))}
          </ul>
        </Disclosure>
      )}
    </div>
  );
}

function RuleStep({ rule }: { rule: RuleTrace }) {
  return (
    <li className={`rounded-md border px-3 py-2 ${rule.decides ? 'border-accent' : 'border-line'}`}>
      <p className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
        {rule.effect !== null && <Badge tone={EFFECT_TONES[rule.effect]}>{rule.effect}</Badge>}
        {rule.masks.length > 0 && <Badge tone="accent">mask</Badge>}
        {rule.observed && <Badge>observe</Badge>}
        <span className="min-w-0 break-words">
          {rule.description === null ? (
            <code className="font-mono text-sm">{rule.ruleId}</code>
          ) : (
            <VisibleText text={rule.description} />
          )}
        </span>
        <span className="text-sm text-muted">{conclusionOf(rule)}</span>
      </p>
      {rule.matchError !== null && <p className="text-stop">{rule.matchError}</p>}
      {rule.when !== null && <ConditionStep keyword="when" condition={rule.when} />}
      {rule.unless !== null && <ConditionStep keyword="unless" condition={rule.unless} />}
    </li>
  );
}

function conclusionOf({ adds, decides, observed, applies, effect }: RuleTrace): string {
  if (decides) return 'decides';
  if (observed) return applies ? 'applies, but only observes' : 'doesn’t apply; only observes';
  if (adds !== null) return 'applies, but another one beats it';
  if (applies && effect === null) return 'applies';
  return 'doesn’t apply';
}

const VALUE_CLASSES: Readonly<Record<ConditionTrace['value'], string>> = {
  true: 'text-go',
  false: 'text-muted',
  error: 'text-stop',
  'not looked at': 'text-muted',
};

function ConditionStep({
  keyword,
  condition: { source, value, error, parts },
}: {
  keyword: string;
  condition: ConditionTrace;
}) {
  // A condition that is one comparison says no more in its first part than in itself.
  const shown = parts.filter((part) => part.source !== source);
  return (
    <div className="mt-1 text-sm">
      <p className="break-words">
        {keyword} <code className="font-mono">{source}</code>{' '}
        <span className={`font-semibold ${VALUE_CLASSES[value]}`}>{value}</span>
        {error !== null && <span className="text-stop"> {error}</span>}
      </p>
      {shown.length > 0 && (
        <ul className="mt-1 border-l-2 border-line pl-3">
          {shown.map((part) => (
            <li key={part.source} className="break-words">
              <code className="font-mono">{part.source}</code>{' '}
              {part.error !== null ? (
                <span className="text-stop">{part.error}</span>
              ) : part.value === null ? (
                <span className="text-muted">not shown: open the call’s arguments to see it</span>
              ) : (
                <>
                  <span className="text-muted">is</span>{' '}
                  <code className="font-mono">
                    <VisibleText text={part.value} />
                  </code>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
