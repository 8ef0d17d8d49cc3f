import { passkeyRulesOf, type Step } from '@holdpoint/approval';

/**
 * What the entry of a hold, and of whatever asks more of it, says of passkeys: the offline verification
 * then misses the signature of a verdict that has none.
 */
export function passkeyFact(steps: readonly Step[]): { passkeyRules?: readonly string[] } {
  const passkeyRules = passkeyRulesOf(steps);
  return passkeyRules.length === 0 ? {} : { passkeyRules };
}
