'use client';

import { observedSchema, type Observed } from '@holdpoint/contracts';
import { plural } from '../../../lib/format.ts';
import { useApi } from '../../../lib/use-api.ts';
import { Badge } from '../../../ui/badge.tsx';
import { Panel } from '../../../ui/page.tsx';
import { ErrorState } from '../../../ui/states.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import { EFFECT_TONES } from '../simulation/simulation-outcome.tsx';
import { OpenDraftButton } from '../suggestions/open-draft-button.tsx';
import { Calls } from '../suggestions/suggestion-list.tsx';

/** What rules in observe mode would have done. Shown only where there are such rules. */
export function ObservedPanel() {
  const { data, failure, retry } = useApi('/api/policy/observed', observedSchema);
  if (data === undefined) {
    return failure === undefined ? null : <ErrorState failure={failure} onRetry={retry} />;
  }
  if (data.rules.length === 0) return null;
  return (
    <Panel title={`Observed in the last ${data.days} days`} flush>
      <ul aria-label="Rules that observe">
        {data.rules.map((rule) => (
          <ObservedRule key={rule.ruleId} rule={rule} base={data.version} />
        ))}
      </ul>
    </Panel>
  );
}

function ObservedRule({ rule, base }: { rule: Observed['rules'][number]; base: number }) {
  const { ruleId, effect, description, matched, wouldChange, erred, calls, draft } = rule;
  return (
    <li className="flex flex-col gap-2 border-b border-line px-4 py-3 last:border-b-0">
      <p className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
        {effect === null ? (
          <Badge tone="accent">mask</Badge>
        ) : (
          <Badge tone={EFFECT_TONES[effect]}>{effect}</Badge>
        )}
        <span className="min-w-0 break-words">
          <VisibleText text={description ?? 'No description'} />
        </span>
        <code className="font-mono text-sm text-muted">{ruleId}</code>
      </p>
      <p className="text-muted">
        {matched + erred === 0
          ? 'It has been about no call so far.'
          : `It applied to ${plural(matched, 'call')}; in force, ${plural(wouldChange, 'call')} would have been treated otherwise.`}
        {erred > 0 && (
          <span className="text-stop"> It couldn’t be checked on {plural(erred, 'call')}.</span>
        )}
      </p>
      <Calls calls={calls} />
      {draft !== null && (
        <OpenDraftButton title={`Enforce ${ruleId}`} source={draft} base={base}>
          Enforce it…
        </OpenDraftButton>
      )}
    </li>
  );
}
