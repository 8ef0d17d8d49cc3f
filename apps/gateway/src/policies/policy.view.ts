import type { PolicyInForce, PolicyVersion } from '@holdpoint/contracts';
import type { CompiledPolicy, CompiledRule } from '@holdpoint/policy';
import { parse } from 'yaml';
import { z } from 'zod';
import type { StoredPolicy, StoredPolicySummary } from './policy.repository.ts';

const selectorSchema = z.union([z.array(z.string()), z.record(z.string(), z.array(z.string()))]);
const matchesSchema = z.object({
  rules: z.array(
    z.object({ id: z.string(), match: z.record(z.string(), selectorSchema).optional() }),
  ),
});

export function toVersionView(
  row: StoredPolicySummary,
  newest: number,
): Omit<PolicyVersion, 'source'> {
  const { number, note, publishedBy, publishedAt } = row;
  const inForce = number === newest;
  return { number, note, publishedBy, publishedAt: publishedAt.toISOString(), inForce };
}

/** The policy in force, rule by rule, in the words of its author. */
export function toPolicyView(row: StoredPolicy, policy: CompiledPolicy): PolicyInForce {
  const { rules } = matchesSchema.parse(parse(row.source, { maxAliasCount: 100 }));
  const matches = new Map(rules.map(({ id, match }) => [id, matchText(match)]));
  return {
    version: { ...toVersionView(row, row.number), source: row.source },
    rules: policy.rules.map((rule) => toRuleView(rule, matches.get(rule.id) ?? EVERYTHING)),
  };
}

const EVERYTHING = 'every call';

function toRuleView(rule: CompiledRule, match: string): PolicyInForce['rules'][number] {
  return {
    id: rule.id,
    description: rule.description ?? null,
    effect: rule.effect ?? null,
    when: rule.when?.source ?? null,
    unless: rule.unless?.source ?? null,
    masks: rule.masks.map((mask) =>
      'field' in mask ? `${mask.field} → ${mask.as}` : `${mask.detect.join(', ')} → ${mask.as}`,
    ),
    match,
  };
}

type Match = z.infer<typeof matchesSchema>['rules'][number]['match'];

function matchText(match: Match): string {
  const parts = Object.entries(match ?? {}).map(([key, selector]) => {
    if (Array.isArray(selector)) return `${key}: ${selector.join(', ')}`;
    const inner = Object.entries(selector).map(([name, values]) => `${name}: ${values.join(', ')}`);
    return `${key} ${inner.join('; ')}`;
  });
  return parts.length === 0 ? EVERYTHING : parts.join(' · ');
}
