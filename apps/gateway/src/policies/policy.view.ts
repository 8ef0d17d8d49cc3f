import type { PolicyRuleView, PolicyVersion, PolicyVersionSummary } from '@holdpoint/contracts';
import type { CompiledPolicy, CompiledRule, MatchDocument } from '@holdpoint/policy';
import type { StoredPolicy, StoredPolicySummary } from './policy.repository.ts';

export function toVersionSummary(row: StoredPolicySummary, newest: number): PolicyVersionSummary {
  const { number, note, publishedBy, publishedAt, proposedBy, rolledBackTo } = row;
  return {
    number,
    note,
    publishedBy,
    publishedAt: publishedAt.toISOString(),
    inForce: number === newest,
    proposedBy,
    rolledBackTo,
    origin: row.origin === 'pipeline' || row.origin === 'installation' ? row.origin : 'console',
  };
}

export function toVersionView(row: StoredPolicy, newest: number): PolicyVersion {
  return { ...toVersionSummary(row, newest), source: row.source, cases: row.cases };
}

/** A policy rule by rule, in the words of its author. */
export function toRuleViews(policy: CompiledPolicy): PolicyRuleView[] {
  return policy.rules.map(toRuleView);
}

function toRuleView(rule: CompiledRule): PolicyRuleView {
  return {
    id: rule.id,
    description: rule.description ?? null,
    effect: rule.effect ?? null,
    when: rule.when?.source ?? null,
    unless: rule.unless?.source ?? null,
    masks: rule.masks.map((mask) =>
      'field' in mask ? `${mask.field} → ${mask.as}` : `${mask.detect.join(', ')} → ${mask.as}`,
    ),
    match: matchText(rule.match),
    approval: rule.approval,
    stepUp: rule.stated.stepUp ?? null,
    message: rule.message ?? null,
    observed: rule.observed,
  };
}

function matchText(match: MatchDocument): string {
  const parts = Object.entries(match).flatMap(([key, selector]) => {
    if (selector === undefined) return [];
    if (Array.isArray(selector)) return [`${key}: ${selector.join(', ')}`];
    const inner = Object.entries(selector).flatMap(([name, values]) =>
      values === undefined ? [] : [`${name}: ${values.join(', ')}`],
    );
    return [`${key} ${inner.join('; ')}`];
  });
  return parts.length === 0 ? 'every call' : parts.join(' · ');
}
