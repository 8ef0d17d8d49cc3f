import { beforeAll, describe, expect, it } from '@jest/globals';
import { compilePolicy, decide, loadSqlParser } from '@holdpoint/policy';
import { callsToJudge, policyYaml, RULES } from './decide-scenario.ts';

beforeAll(loadSqlParser);

const result = compilePolicy(policyYaml());
const rules = result.ok ? result.policy.rules : [];
const calls = callsToJudge(2_000);
const sources = rules.map(({ when }) => when?.source ?? '');
const texts = calls
  .map(({ args }) => JSON.stringify(args))
  .filter((text) => text.includes('"sql"'));

describe('the policy and the calls that decisions are measured with', () => {
  it('are 200 rules, 60 % with a condition, a third about SQL', () => {
    expect(result.ok ? result.warnings : result.issues).toEqual([]);
    expect(rules).toHaveLength(RULES);
    expect(sources.filter((source) => source !== '').length).toBeGreaterThanOrEqual(120);
    expect(sources.filter((source) => source.includes('sql(')).length).toBe(67);
  });

  it('are statements of 100 bytes to 4 kB, no two alike', () => {
    expect(new Set(texts).size).toBe(texts.length);
    expect(Math.max(...texts.map(({ length }) => length))).toBeGreaterThan(3_500);
    expect(texts.length / calls.length).toBeCloseTo(0.7, 1);
  });

  it('come to every effect, and to errors', () => {
    if (!result.ok) throw new Error('The policy doesn’t compile.');
    const { policy } = result;
    const decisions = calls.map((call) => decide(policy, call));
    expect(new Set(decisions.map(({ effect }) => effect))).toEqual(
      new Set(['allow', 'hold', 'deny']),
    );
    const outcomes = decisions.flatMap((decision) => decision.outcomes);
    expect(outcomes.some(({ condition }) => condition?.value === 'error')).toBe(true);
    expect(outcomes.length / calls.length).toBeGreaterThan(12);
  });
});
