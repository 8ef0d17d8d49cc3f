import type { SimulatedRule } from '@holdpoint/contracts';
import { plural } from '../../../lib/format.ts';
import { Badge } from '../../../ui/badge.tsx';
import { Disclosure } from '../../../ui/disclosure.tsx';
import { perDay } from './approval-load.tsx';

/** What each rule did: those to look at first, the rest folded away. */
export function RuleTallies({ rules, days }: { rules: readonly SimulatedRule[]; days: number }) {
  const drafted = rules.filter(({ after }) => after !== null);
  const erring = drafted.filter(({ after }) => (after?.erred ?? 0) > 0);
  const idle = drafted.filter(({ after }) => after?.matched === 0 && after.erred === 0);
  const observing = drafted.filter(({ observed }) => observed);
  if (drafted.length === 0) return null;
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">Rules</h3>
      {erring.length > 0 && (
        <RuleList title="Couldn’t be checked, which counts as the careful answer">
          {erring.map(({ ruleId, after }) => (
            <li key={ruleId}>
              <code className="font-mono text-sm">{ruleId}</code>{' '}
              <span className="text-stop">on {plural(after?.erred ?? 0, 'call')}</span>
            </li>
          ))}
        </RuleList>
      )}
      {idle.length > 0 && (
        <RuleList title="Never applied to any of these calls">
          {idle.map(({ ruleId }) => (
            <li key={ruleId}>
              <code className="font-mono text-sm">{ruleId}</code>
            </li>
          ))}
        </RuleList>
      )}
      {observing.length > 0 && (
        <RuleList title="Only observe">
          {observing.map(({ ruleId, effect, after }) => (
            <li key={ruleId}>
              <code className="font-mono text-sm">{ruleId}</code>{' '}
              {effect === null
                ? 'masks only'
                : `would ${effect} ${plural(after?.wouldChange ?? 0, 'call')} that ${(after?.wouldChange ?? 0) === 1 ? 'is' : 'are'} treated otherwise`}
            </li>
          ))}
        </RuleList>
      )}
      <Disclosure title={`All ${plural(drafted.length, 'rule')}`}>
        <ul className="flex flex-col gap-1.5">
          {drafted.map(({ ruleId, observed, before, after }) => (
            <li key={ruleId} className="flex flex-wrap items-baseline gap-x-3">
              <code className="font-mono text-sm">{ruleId}</code>
              {before === null && <Badge tone="accent">new</Badge>}
              {observed && <Badge>observe</Badge>}
              <span className="text-sm text-muted">
                applied to {plural(after?.matched ?? 0, 'call')}, decided{' '}
                {(after?.decided ?? 0).toLocaleString('en')}
                {(after?.held ?? 0) > 0 && `, ${perDay(after?.held ?? 0, days)} holds a day`}
                {before !== null && `; now ${before.matched.toLocaleString('en')}`}
              </span>
            </li>
          ))}
        </ul>
      </Disclosure>
    </section>
  );
}

function RuleList({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div>
      <p className="text-sm text-muted">{title}</p>
      <ul className="flex flex-wrap gap-x-4 gap-y-1">{children}</ul>
    </div>
  );
}
