import type { PolicyChanges } from '@holdpoint/contracts';
import { compilePolicy, type CompiledPolicy } from '@holdpoint/policy';
import { toRuleViews } from './policy.view.ts';

/** What the second text does otherwise than the first; `null` where either can't be read. */
export function changesBetween(before: string, after: string): PolicyChanges | null {
  const [old, fresh] = [compilePolicy(before), compilePolicy(after)];
  return old.ok && fresh.ok ? changes(old.policy, fresh.policy) : null;
}

/** False for texts that say the same in other words: another order of rules, comments, spelling. */
export function changesAnything({ rules, chains, default: fallback }: PolicyChanges): boolean {
  return rules.length > 0 || chains.length > 0 || fallback !== null;
}

function changes(before: CompiledPolicy, after: CompiledPolicy): PolicyChanges {
  const defaults = { before: before.defaultEffect ?? null, after: after.defaultEffect ?? null };
  return {
    rules: ruleChanges(before, after),
    chains: chainChanges(before, after),
    default: defaults.before === defaults.after ? null : defaults,
  };
}

function ruleChanges(before: CompiledPolicy, after: CompiledPolicy): PolicyChanges['rules'] {
  const old = new Map(toRuleViews(before).map((rule) => [rule.id, rule]));
  const fresh = new Map(toRuleViews(after).map((rule) => [rule.id, rule]));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((id) => {
    const change = { id, before: old.get(id) ?? null, after: fresh.get(id) ?? null };
    return same(change.before, change.after) ? [] : [change];
  });
}

function chainChanges(before: CompiledPolicy, after: CompiledPolicy): PolicyChanges['chains'] {
  const names = new Set([...before.chains.keys(), ...after.chains.keys()]);
  return [...names].flatMap((name): PolicyChanges['chains'] => {
    const [old, fresh] = [before.chains.get(name), after.chains.get(name)];
    if (old === undefined) return [{ name, kind: 'added' }];
    if (fresh === undefined) return [{ name, kind: 'removed' }];
    return same(old, fresh) ? [] : [{ name, kind: 'changed' }];
  });
}

/** Both were made by the same code, so that their keys have one order. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
