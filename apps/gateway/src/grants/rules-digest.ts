import { createHash } from 'node:crypto';
import type { StoredDecision } from '@holdpoint/contracts';
import type { CompiledPolicy } from '@holdpoint/policy';
import type { ConnectionRecord } from '../connections/connection-registry.ts';

/** Where a grant may stand in for people: what erred, and what nobody accepted, is always looked at. */
const GRANTABLE: ReadonlySet<StoredDecision['source']> = new Set(['rule', 'default']);

/**
 * What held a call, as it is written: each deciding rule and each chain. A grant is bound to it, so it
 * covers nothing once a rule or chain changed, or another rule has a say. `null`: nothing is granted.
 */
export function rulesDigest(
  decision: StoredDecision,
  { rules, chains, defaultEffect }: CompiledPolicy,
  connection: ConnectionRecord,
): string | null {
  if (!GRANTABLE.has(decision.source)) return null;
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const written: unknown[] = [];
  for (const ruleId of decision.rules.map((rule) => rule.ruleId).toSorted()) {
    const rule = byId.get(ruleId);
    if (rule === undefined) return null;
    // Where each verdict is to be signed, nothing passes without one.
    if (rule.stated.stepUp !== undefined) return null;
    const { id, effect, approval, masks, match, observed, when, unless } = rule;
    written.push([id, effect, approval, masks, match, observed, when?.source, unless?.source]);
  }
  const asked = [...new Set(decision.chains)].toSorted((a, b) => (a ?? '').localeCompare(b ?? ''));
  const steps = (asked.length === 0 ? [null] : asked).map((name) =>
    name === null ? [null, connection.chain] : [name, chains.get(name)?.steps],
  );
  const text = JSON.stringify([decision.source, defaultEffect, written, steps]);
  return createHash('sha256').update(`holdpoint-grant-rules-v1\0${text}`).digest('hex');
}
