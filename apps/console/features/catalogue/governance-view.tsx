'use client';

import type { Governance, GoverningRule } from '@holdpoint/contracts';
import { Badge } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { EFFECT_TONES, otherwiseText } from './item-words.ts';

const GROUPS = [
  { effect: 'deny', title: 'Deny' },
  { effect: 'hold', title: 'Hold' },
  { effect: 'allow', title: 'Allow' },
  { effect: null, title: 'Only mask' },
] as const;

/** In a row: who governs, at a glance. */
export function GovernanceBadges({ governance }: { governance: Governance }) {
  const { governed, rules } = governance;
  const effects = GROUPS.filter(({ effect }) =>
    rules.some((rule) => rule.effect === effect && effect !== null && !rule.observed),
  );
  return (
    <>
      {governed === 'none' && <Badge tone="untrusted">no rule</Badge>}
      {effects.map(({ effect }) => (
        <Badge key={effect} tone={effect === null ? 'neutral' : EFFECT_TONES[effect]}>
          {effect} rule
        </Badge>
      ))}
      {governed !== 'always' && (
        <span className="text-sm text-muted">{otherwiseText(governance)}</span>
      )}
    </>
  );
}

/** In full: the rules by what they ask for, for whom, and what happens where none decides. */
export function GovernanceView({ governance }: { governance: Governance }) {
  const { rules, governed } = governance;
  return (
    <div className="flex flex-col gap-3">
      {GROUPS.map(({ effect, title }) => {
        const own = rules.filter((rule) => rule.effect === effect);
        return (
          own.length > 0 && (
            <div key={title} className="grid gap-1 sm:grid-cols-[7rem_minmax(0,1fr)]">
              <span>
                <Badge tone={effect === null ? 'neutral' : EFFECT_TONES[effect]}>{title}</Badge>
              </span>
              <ul className="flex flex-col gap-1" aria-label={`Rules: ${title}`}>
                {own.map((rule) => (
                  <RuleLine key={rule.ruleId} rule={rule} />
                ))}
              </ul>
            </div>
          )
        );
      })}
      <p className="text-muted">
        {governed === 'always'
          ? 'A rule decides each of these calls; the connection’s default never applies.'
          : governed === 'none'
            ? `No rule decides about it. ${otherwiseOf(governance)}`
            : `Where none of the rules applies: ${otherwiseOf(governance)}`}
      </p>
    </div>
  );
}

function RuleLine({ rule }: { rule: GoverningRule }) {
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <TextLink
        className="font-mono text-sm underline-offset-2"
        prefetch={false}
        href={`/policies/edit?view=rules&rule=${encodeURIComponent(rule.ruleId)}`}
      >
        <VisibleText text={rule.ruleId} />
      </TextLink>
      {rule.observed && <Badge>only observes</Badge>}
      {rule.masks && <Badge tone="accent">masks</Badge>}
      <span className="text-sm text-muted">
        {forWhom(rule)}
        {rule.conditional && rule.callers === null && ' · depends on the call'}
      </span>
    </li>
  );
}

/** `for callers in data-agents · service`, as far as the rule says it. */
function forWhom({ callers }: GoverningRule): string {
  if (callers === null) return 'for every caller';
  const { groups = [], subjects = [], kinds = [], clients = [] } = callers;
  const parts = [
    groups.length > 0 ? `callers in ${groups.join(', ')}` : '',
    subjects.length > 0 ? `subjects ${subjects.join(', ')}` : '',
    kinds.length > 0 ? `kind ${kinds.join(', ')}` : '',
    clients.length > 0 ? `clients ${clients.join(', ')}` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'for every caller' : `for ${parts.join(' · ')}`;
}

function otherwiseOf({ otherwise }: Governance): string {
  if (otherwise.isMarkedReadOnly && otherwise.effect === 'allow')
    return 'It is marked read-only, so it is allowed.';
  const what = { allow: 'allows it', hold: 'holds it', deny: 'denies it' }[otherwise.effect];
  return `The connection’s default ${what}.`;
}
