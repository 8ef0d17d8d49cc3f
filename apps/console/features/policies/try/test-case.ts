import type { TrialResult } from '@holdpoint/contracts';

/**
 * The cases of a draft with one more: this call, and what the rules make of it now. What a freeze or
 * the catalogue adds isn't the policy's, so it isn't expected of it.
 */
export function withTestCase(cases: string, line: string, result: TrialResult): string {
  const deciding = result.rules.filter(({ decides }) => decides);
  const effect = deciding[0]?.adds ?? result.effect;
  const rules = deciding.map(({ ruleId }) => ruleId);
  const { target, method, connection } = result.call;
  const description = `${target ?? method} on ${connection}: ${effect}`;
  const before = cases.trim() === '' ? 'tests:' : cases.trimEnd();
  // JSON is YAML, and keeps every digit and every character as it was sent.
  return `${before}
  - description: ${JSON.stringify(description)}
    call: ${line.replaceAll(/\s*\n\s*/g, ' ')}
    expect: { effect: ${effect}, rules: ${JSON.stringify(rules)} }
`;
}
