import { readFileSync } from 'node:fs';
import { compilePolicy } from '../compile.ts';
import { loadSqlParser } from '../sql/parser.ts';
import { MAX_CASES_LENGTH, parseCases, runCase } from './policy-cases.ts';

beforeAll(loadSqlParser);

const NOW = new Date('2026-11-22T15:00:00Z');

/** The differences that each case of the text shows. */
function differences(policyYaml: string, casesYaml: string) {
  const result = compilePolicy(policyYaml);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  const parsed = parseCases(casesYaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.cases.map((one) => runCase(result.policy, one, NOW).differences);
}

function cases(expected: string, args = '{ sql: select 1 }'): string {
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

describe('the test cases of a policy', () => {
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
    expect(differences(HOLDS, cases(expected))).toEqual([found]);
  });

  it('know what is masked and what only observes', () => {
    const policy = `rules:
      - { id: m, mask: [{ field: a, as: drop }] }
      - { id: n, match: { tools: [other] }, mask: [{ field: b, as: drop }] }
      - { id: o, effect: deny, mode: observe, when: args.missing == 1 }
      - { id: p, effect: deny, mode: observe, when: "false" }`;
    expect(differences(policy, cases('{ effect: hold, masked: [m], observed: [o] }'))).toEqual([
      [],
    ]);
    expect(differences(policy, cases('{ effect: hold, masked: [], observed: [p] }'))).toEqual([
      [
        'expected it masked by no rule, but it is masked by m',
        'expected it observed by p, but it is observed by o',
        expect.any(String),
      ],
    ]);
  });

  it('keep the digits of large numbers', () => {
    const policy = 'rules: [{ id: a, when: args.n == 9007199254740993, effect: deny }]';
    const yaml = cases('{ effect: deny, rules: [a] }', '{ n: 9007199254740993, s: "9", f: 0.5 }');
    expect(differences(policy, yaml)).toEqual([[]]);
  });

  it('fail where the call can’t be read', () => {
    const yaml = cases('{ effect: hold }').replace('subject: etl, ', '');
    expect(differences(HOLDS, yaml)).toEqual([[expect.stringMatching(/^the call can't be read/)]]);
  });

  it('say where each of them stands', () => {
    const parsed = parseCases(`# first\n${cases('{ effect: hold }')}`);
    expect(parsed).toMatchObject({ ok: true, cases: [{ line: 3, description: 'a query' }] });
  });

  it.each([
    ['no YAML', 'tests: [', 1, /./],
    ['no tests', 'tests: []', 1, /^tests: /],
    ['nothing', '', 1, /^The test cases: /],
    ['an unknown effect', cases('{ effect: hodl }'), 8, /^tests\.0\.expect\.effect: /],
    ['an unknown key', `${cases('{ effect: hold }')}\nrules: []`, 1, /rules/],
    ['a key twice', `${cases('{ effect: hold }')}\ntests: []`, 9, /unique/],
    [
      'no number',
      cases('{ effect: hold }', '{ a: [1, .nan] }'),
      6,
      /^tests\.0\.call\.params\..*a\.1: /,
    ],
    ['a number without end', cases('{ effect: hold }', '{ a: -.inf }'), 6, /a: no call can/],
    ['a number beyond all', cases('{ effect: hold }', '{ a: 1e999 }'), 6, /a: no call can/],
    ['too many characters', '#'.repeat(MAX_CASES_LENGTH + 1), 1, /256 KiB/],
    ['a nesting without end', `tests: ${'['.repeat(100_000)}`, 1, /./],
  ])('are refused with their place: %s', (_, yaml, line, message) => {
    const parsed = parseCases(yaml);
    if (parsed.ok) throw new Error('They were read.');
    expect(parsed.issues[0]).toMatchObject({ line, message: expect.stringMatching(message) });
  });
});

describe('docs/policy.md', () => {
  const reference = readFileSync(new URL('../../../../docs/policy.md', import.meta.url), 'utf8');
  const example = (info: string) =>
    new RegExp(`^\`\`\`yaml ${info}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(reference)?.[1] ?? '';

  it('shows a policy and test cases that it passes', () => {
    expect(differences(example('orders.yaml'), example('orders.tests.yaml'))).toEqual([[], []]);
  });
});
