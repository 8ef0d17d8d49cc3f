import { describe, expect, it } from '@jest/globals';
import { compilePolicy, MAX_POLICY_LENGTH } from './compile.ts';
import { DEMO_POLICY_YAML } from './demo-policy.ts';
import type { PolicyIssue } from './locate.ts';

function issuesOf(yaml: string, knownChains?: readonly string[]): readonly PolicyIssue[] {
  const result = compilePolicy(yaml, knownChains === undefined ? {} : { knownChains });
  return result.ok ? [] : result.issues;
}

/** The text that an issue marks. */
function marked(yaml: string, issue: PolicyIssue | undefined): string {
  if (issue === undefined) return '';
  const lines = yaml.split('\n').slice(issue.line - 1, issue.endLine);
  const last = lines.length - 1;
  lines[last] = lines[last]?.slice(0, issue.endColumn - 1) ?? '';
  lines[0] = lines[0]?.slice(issue.column - 1) ?? '';
  return lines.join('\n');
}

const rule = (line: string): string => `rules:\n  - { id: a, ${line} }\n`;

/** A bound against hangs, not a measure of speed. */
const A_HANG_MS = 30_000;

describe('compilePolicy', () => {
  it.each([
    ['an unknown key', rule('efect: deny, effect: hold'), 'efect', 'Did you mean "effect"?'],
    ['an unknown key of the file', 'rules: []\nchain: {}\n', 'chain', 'Did you mean "chains"?'],
    [
      'an unknown key of match',
      rule('match: { tool: [x] }, effect: deny'),
      'tool',
      'Did you mean "tools"?',
    ],
    [
      'an unknown key of callers',
      rule('match: { callers: { group: [x] } }, effect: deny'),
      'group',
      'Did you mean "groups"?',
    ],
    [
      'an unknown key of a mask',
      rule('mask: [{ detekt: [email], as: redact }]'),
      'detekt',
      'Did you mean "detect"?',
    ],
    ['an unknown effect', rule('effect: dney'), 'dney', 'Did you mean "deny"?'],
    [
      'an unknown detector',
      rule('mask: [{ detect: [emial], as: redact }]'),
      'emial',
      'Did you mean "email"?',
    ],
    [
      'an unknown mask style',
      rule('mask: [{ detect: [email], as: redcat }]'),
      'redcat',
      'Did you mean "redact"?',
    ],
    ['an unknown mode', rule('effect: deny, mode: observ'), 'observ', 'Did you mean "observe"?'],
    [
      'a duplicate id',
      'rules:\n  - { id: a, effect: deny }\n  - { id: "a", effect: hold }',
      '"a"',
      'already has the id',
    ],
    ['a strange id', 'rules:\n  - { id: "a b", effect: deny }', '"a b"', 'letters, digits'],
    ['an empty pattern', rule('match: { tools: [""] }, effect: deny'), '""', 'must not be empty'],
    [
      'an overlong pattern',
      rule(`match: { tools: [${'a'.repeat(600)}] }, effect: deny`),
      'a'.repeat(600),
      '512',
    ],
    ['an empty list', rule('match: { tools: [] }, effect: deny'), '[]', 'Leave the key out'],
    ['a rule without effect', 'rules:\n  - id: a', 'id: a', 'needs an "effect" or a "mask"'],
    [
      'a chain on a deny rule',
      rule('effect: deny, approval: dba'),
      'dba',
      'Only a rule with "effect: hold"',
    ],
    [
      'a passkey for a verdict that nobody gives',
      rule('effect: allow, stepUp: passkey'),
      'passkey',
      'Only a rule with "effect: hold"',
    ],
    [
      'an unknown step-up',
      rule('effect: hold, stepUp: password'),
      'password',
      'The only step-up is "passkey".',
    ],
    [
      'a message nobody gets',
      rule('mask: [{ field: a, as: drop }], message: hi'),
      'hi',
      'Only a rule with an "effect"',
    ],
    [
      'a mask of both kinds',
      rule('mask: [{ field: a, detect: [email], as: drop }]'),
      '{ field: a, detect: [email], as: drop }',
      'either "detect" or "field"',
    ],
    [
      'a text where a list belongs',
      rule('match: { tools: query }, effect: deny'),
      'query',
      '"tools" must be a list',
    ],
    [
      'a condition that is YAML’s own boolean',
      rule('when: true, effect: deny'),
      'true',
      '"when" must be a text',
    ],
    [
      'an unknown variable',
      rule('when: caler.kind == "x", effect: deny'),
      'caler',
      'Did you mean "caller"?',
    ],
    [
      'an unknown field',
      rule('when: caller.grups == "x", effect: deny'),
      'grups',
      'No such key: grups',
    ],
    ['an unknown fact', rule('when: sql(args.sql).mutate, effect: deny'), 'mutate', 'No such key'],
    [
      'a type error',
      rule('when: caller.kind == 1, effect: deny'),
      'caller.kind == 1',
      'no such overload',
    ],
    [
      'a condition that is no boolean',
      rule('when: caller.kind, effect: deny'),
      'caller.kind',
      'must be true or false',
    ],
    ['a syntax error', rule('when: caller.kind ==, effect: deny'), '', 'Unexpected'],
    [
      'a bad pattern',
      rule(`when: "args.a.matches('(x')", effect: deny`),
      "'(x'",
      'Invalid regular expression',
    ],
    [
      'a pattern RE2 can’t run',
      rule(`when: "args.a.matches('(a)\\\\\\\\1')", effect: deny`),
      '',
      'Invalid regular expression',
    ],
    [
      'a computed pattern',
      rule('when: args.a.matches(args.b), effect: deny'),
      'args.a.matches(args.b)',
      'literal text',
    ],
    [
      'deep comprehensions',
      rule('when: "args.a.all(x, x.all(y, y.all(z, z == 1)))", effect: deny'),
      'y.all(z, z == 1)',
      'nested 2 deep',
    ],
    [
      'a deadline in no unit',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, deadline: half an hour }] } }',
      'half an hour',
      'duration',
    ],
    [
      'a step without reviewers',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [] } }] } }',
      '{ groups: [] }',
      'at least one',
    ],
    [
      'an escalation to nobody in particular',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, onDeadline: escalate }] } }',
      'escalate',
      'Write deny',
    ],
    [
      'a reminder and an escalation',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, onDeadline: { remind: { every: 1m }, escalate: [{ to: { groups: [h] }, for: 1m }] } }] } }',
      '{ remind: { every: 1m }, escalate: [{ to: { groups: [h] }, for: 1m }] }',
      'Either',
    ],
    [
      'neither of them',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, onDeadline: { } }] } }',
      '{ }',
      'Either',
    ],
    [
      'a misspelled round',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, onDeadline: { escalate: [{ to: { groups: [h] }, fro: 1m, for: 1m }] } }] } }',
      'fro',
      'Unknown key',
    ],
    [
      'a round of nobody',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, onDeadline: { escalate: [{ to: { }, for: 1m }] } }] } }',
      '{ }',
      'at least one',
    ],
    [
      'a round without its time',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, onDeadline: { escalate: [{ to: { groups: [h] } }] } }] } }',
      '{ to: { groups: [h] } }',
      'for',
    ],
    [
      'reminders all the time',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, onDeadline: { remind: { every: 0s } } }] } }',
      '0s',
      'duration',
    ],
    [
      'too many reminders',
      'rules: []\nchains: { c: { steps: [{ reviewers: { groups: [g] }, onDeadline: { remind: { every: 1m, atMost: 21 } } }] } }',
      '21',
      '20',
    ],
    [
      'a person by e-mail address',
      'rules: []\nchains: { c: { steps: [{ reviewers: { people: [ann@example.com] } }] } }',
      'ann@example.com',
      'issuer|subject',
    ],
    ['a field path with a gap', rule('mask: [{ field: a..b, as: drop }]'), 'a..b', 'single dots'],
    [
      'a chain that isn’t there',
      'rules: [{ id: a, effect: hold, approval: dbs }]\nchains: { dba: { steps: [{ reviewers: { groups: [g] } }] } }',
      'dbs',
      'Did you mean "dba"?',
    ],
    ['a duplicate key', 'rules: []\nrules: []', '', 'unique'],
    ['an unknown tag', 'rules: !!js/function "x"', '!!js/function', 'Unresolved tag'],
    ['broken YAML', 'rules: [', '', 'end with a ]'],
    ['an empty file', '', '', '"rules" must be a list'],
    ['a list', '[]', '[]', 'must be a mapping'],
  ])('refuses %s, in place', (_, yaml, text, message) => {
    const [issue] = issuesOf(yaml);
    expect(issue?.message).toContain(message);
    if (text !== '') expect(marked(yaml, issue)).toBe(text);
  });

  it('finds the place of a fault in a block scalar', () => {
    const yaml =
      'rules:\n  - id: a\n    effect: deny\n    when: |\n      args.a == 1 &&\n        fooo == 2\n';
    const [issue] = issuesOf(yaml);
    expect(issue).toMatchObject({ line: 6, column: 9, endLine: 6, endColumn: 13 });
  });

  it('reports every fault at once', () => {
    const yaml = 'rules:\n  - { id: a, efect: deny, mode: x }\n  - { id: b, effect: dney }';
    expect(issuesOf(yaml).length).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['too large', `# ${'x'.repeat(MAX_POLICY_LENGTH)}`],
    ['nested too deeply', '['.repeat(200_000)],
    ['a bomb of aliases', aliasBomb()],
    ['an alias of itself', 'rules: &a [*a]'],
    ['an alias of nothing', 'rules: *a'],
  ])('refuses a text that is %s, quickly', (_, yaml) => {
    const before = performance.now();
    expect(issuesOf(yaml).length).toBeGreaterThan(0);
    expect(performance.now() - before).toBeLessThan(A_HANG_MS);
  });

  it('checks names of chains only where it knows which there are', () => {
    const yaml = 'rules: [{ id: a, effect: hold, approval: dba }]';
    expect(issuesOf(yaml)).toEqual([]);
    expect(issuesOf(yaml, ['dba'])).toEqual([]);
    expect(issuesOf(yaml, [])).toHaveLength(1);
  });

  it('reads chains', () => {
    const result = compilePolicy(`
rules: [{ id: a, effect: hold, approval: dba-then-security }]
chains:
  dba-then-security:
    steps:
      - { reviewers: { groups: [dba], people: [] }, quorum: 2, deadline: 1h30m, onDeadline: deny }
      - { reviewers: { people: ['https://id.example|ann'] } }
`);
    expect(result.ok && result.policy.chains.get('dba-then-security')).toEqual({
      name: 'dba-then-security',
      steps: [
        {
          reviewers: { groups: ['dba'], people: [] },
          quorum: 2,
          deadlineMs: 5_400_000,
          onDeadline: 'deny',
        },
        {
          reviewers: { groups: [], people: ['https://id.example|ann'] },
          quorum: 1,
          deadlineMs: null,
          onDeadline: 'deny',
        },
      ],
    });
  });

  it.each([
    ['an unknown rota', '{ reviewers: { onCall: days } }', 'days', 'There is no rota'],
    ['an empty rota', '{ reviewers: { onCall: none } }', 'none', 'Nobody takes turns'],
    ['two of a rota', '{ reviewers: { onCall: nights }, quorum: 2 }', '2', 'more people'],
    [
      'an unknown rota in a round',
      '{ reviewers: { onCall: nights }, onDeadline: { escalate: [{ to: { onCall: x }, for: 1h }] } }',
      '{ onCall: x }',
      'There is no rota',
    ],
  ])('refuses %s where it knows the rotas, and only there', (_, step, place, message) => {
    const yaml = `rules: []\nchains: { c: { steps: [${step}] } }`;
    const rotas = new Map([
      ['nights', ['i|a', 'i|b']],
      ['none', []],
    ]);
    expect(compilePolicy(yaml)).toMatchObject({ ok: true });
    const result = compilePolicy(yaml, { rotas });
    const issues = result.ok ? [] : result.issues;
    expect(issues).toMatchObject([{ message: expect.stringContaining(message) }]);
    const line = yaml.split('\n')[1] ?? '';
    const [issue] = issues;
    expect(issue && line.slice(issue.column - 1, issue.endColumn - 1)).toBe(place);
  });

  it('reads what happens at a deadline', () => {
    const result = compilePolicy(`
rules: [{ id: a, effect: hold, approval: c }]
chains:
  c:
    steps:
      - { reviewers: { onCall: dba }, deadline: 30 minutes, onDeadline: { remind: { every: 15 minutes } } }
      - reviewers: { groups: [dba] }
        onDeadline:
          escalate:
            - { to: { groups: [security] }, for: 30 minutes }
            - { to: { onCall: leads }, for: 2 hours }
`);
    expect(result.ok && result.policy.chains.get('c')?.steps).toEqual([
      {
        reviewers: { groups: [], people: [], onCall: 'dba' },
        quorum: 1,
        deadlineMs: 1_800_000,
        onDeadline: { kind: 'remind', everyMs: 900_000, atMost: 3 },
      },
      {
        reviewers: { groups: ['dba'], people: [] },
        quorum: 1,
        deadlineMs: null,
        onDeadline: {
          kind: 'escalate',
          rounds: [
            { to: { groups: ['security'], people: [] }, forMs: 1_800_000 },
            { to: { groups: [], people: [], onCall: 'leads' }, forMs: 7_200_000 },
          ],
        },
      },
    ]);
  });

  it('accepts the demo policy', () => {
    expect(issuesOf(DEMO_POLICY_YAML)).toEqual([]);
  });
});

function aliasBomb(): string {
  const levels = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 12; i++) {
    levels.push(
      `a${i}: &a${i} [${Array<string>(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  }
  return levels.join('\n');
}
