import { readFileSync } from 'node:fs';
import { compilePolicy, loadSqlParser } from '@holdpoint/policy';
import { parseTests, runTest, testsFileOf } from './policy-tests.ts';

beforeAll(loadSqlParser);

const NOW = new Date('2026-11-22T15:00:00Z');

/** The differences that each test of the file shows. */
function differences(policyYaml: string, testsYaml: string) {
  const result = compilePolicy(policyYaml);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  const tests = parseTests('p.tests.yaml', testsYaml);
  return tests.map((test) => runTest(result.policy, test, NOW).differences);
}

function tests(expected: string, args = '{ sql: select 1 }'): string {
  return `tests:
  - description: a query
    call:
      connection: prod
      method: tools/call
      params: { name: query, arguments: ${args} }
      caller: { subject: etl, groups: [] }
    expect: ${expected}`;
}

const HOLDS = `rules:
  - { id: b, effect: hold }
  - { id: a, effect: hold, description: Everything waits. }`;

describe('the tests of a policy', () => {
  it.each([
    ['the effect', '{ effect: hold }', []],
    ['the rules in any order', '{ effect: hold, rules: [b, a] }', []],
    [
      'another effect',
      '{ effect: deny }',
      ['expected deny, but it is hold', expect.stringContaining('Everything waits')],
    ],
    [
      'a missing rule',
      '{ effect: hold, rules: [a] }',
      ['expected it from a, but it is from a, b', expect.any(String)],
    ],
    [
      'no rule',
      '{ effect: hold, rules: [] }',
      ['expected it from no rule, but it is from a, b', expect.any(String)],
    ],
  ])('compare %s', (_, expected, found) => {
    expect(differences(HOLDS, tests(expected))).toEqual([found]);
  });

  it('keep the digits of large numbers', () => {
    const policy = 'rules: [{ id: a, when: args.n == 9007199254740993, effect: deny }]';
    const yaml = tests('{ effect: deny, rules: [a] }', '{ n: 9007199254740993, s: "9", f: 0.5 }');
    expect(differences(policy, yaml)).toEqual([[]]);
  });

  it('fail where the call can’t be read', () => {
    const yaml = tests('{ effect: hold }').replace('subject: etl, ', '');
    expect(differences(HOLDS, yaml)).toEqual([[expect.stringMatching(/^the call can't be read/)]]);
  });

  it.each([
    ['no YAML', 'tests: [', /^p\.tests\.yaml:1:\d+: /],
    ['no tests', 'tests: []', /^p\.tests\.yaml:1:8: tests: /],
    [
      'an unknown effect',
      tests('{ effect: hodl }'),
      /^p\.tests\.yaml:8:23: tests\.0\.expect\.effect: /,
    ],
    ['an unknown key', `${tests('{ effect: hold }')}\nrules: []`, /^p\.tests\.yaml:1:1: /],
    ['a key twice', `${tests('{ effect: hold }')}\ntests: []`, /unique/],
  ])('are refused with their place: %s', (_, yaml, message) => {
    expect(() => parseTests('p.tests.yaml', yaml)).toThrow(
      expect.objectContaining({ code: 'bad_tests', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ['orders.yaml', 'orders.tests.yaml'],
    ['a/orders.v2.yml', 'a/orders.v2.tests.yml'],
    ['orders', 'orders.tests.yaml'],
  ])('of %s are in %s', (policyFile, testsFile) => {
    expect(testsFileOf(policyFile)).toBe(testsFile);
  });
});

describe('docs/policy.md', () => {
  const reference = readFileSync(new URL('../../../../docs/policy.md', import.meta.url), 'utf8');
  const example = (info: string) =>
    new RegExp(`^\`\`\`yaml ${info}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(reference)?.[1] ?? '';

  it('shows a policy and tests that it passes', () => {
    expect(differences(example('orders.yaml'), example('orders.tests.yaml'))).toEqual([[], []]);
  });
});
