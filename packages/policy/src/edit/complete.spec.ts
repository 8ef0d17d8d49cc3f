import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conditionEnvironment } from '../cel/environment.ts';
import { SQL_FIELDS } from '../cel/facts.ts';
import { policySchema } from '../schema.ts';
import { SQL_DIALECTS } from '../sql/dialect.ts';
import { completionsAt, meaningAt, type PolicyVocabulary } from './complete.ts';
import { FUNCTIONS, KEY_DOCS, SQL_DIALECT_TERMS, SQL_TERMS, VARIABLES } from './language.ts';
import { DEMO_POLICY_YAML } from '../demo-policy.ts';

const VOCABULARY: PolicyVocabulary = {
  connections: [
    {
      name: 'prod-eu',
      title: 'Production',
      tools: [
        {
          name: 'query',
          arguments: [
            { path: 'sql', type: 'string' },
            { path: 'options', type: 'object' },
            { path: 'options.timeout', type: 'number' },
          ],
        },
        { name: 'refund: all', arguments: [{ path: 'amount', type: 'number' }] },
      ],
    },
    {
      name: 'demo',
      title: 'Demo',
      tools: [{ name: 'echo', arguments: [{ path: 'text', type: 'string' }] }],
    },
  ],
  groups: ['dba', 'data agents'],
  chains: ['dba-then-security'],
  methods: ['tools/call', 'resources/read'],
};

/** `|` is the cursor. */
function suggested(marked: string): readonly string[] | undefined {
  const offset = marked.indexOf('|');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  return completionsAt(text, offset, VOCABULARY)?.suggestions.map(
    ({ name, apply }) => apply ?? name,
  );
}

const EFFECTS = ['allow', 'hold', 'deny'];

describe('completionsAt', () => {
  it.each<[string, string, readonly string[] | undefined]>([
    ['keys of the policy', '|', ['default: ', 'chains: ', 'rules: ']],
    ['other keys of the policy', 'rules: []\ncha|', ['default: ', 'chains: ']],
    [
      'keys of a match',
      'rules:\n  - id: a\n    match:\n      t|',
      ['connections: ', 'methods: ', 'tools: ', 'resources: ', 'prompts: ', 'callers: '],
    ],
    ['keys of a mask', 'rules:\n- id: a\n  mask:\n  - d|', ['detect: ', 'field: ', 'as: ']],
    [
      'keys of callers on one line',
      'rules:\n  - id: a\n    match: { callers: { kinds: [person], g| } }',
      ['groups: ', 'subjects: ', 'clients: '],
    ],
    ['keys of a chain', 'chains:\n  dba:\n    |', ['steps: ']],
    [
      'keys of reviewers',
      'chains:\n  dba:\n    steps:\n      - reviewers:\n          g|',
      ['groups: ', 'people: ', 'onCall: '],
    ],
    [
      'keys of what happens at a deadline',
      'chains:\n  dba:\n    steps:\n      - onDeadline:\n          |',
      ['remind: ', 'escalate: '],
    ],
    ['effects', 'rules:\n  - id: a\n    effect: |', EFFECTS],
    ['effects on one line', 'rules: [{ id: a, effect: ho|', EFFECTS],
    [
      'connections',
      'rules:\n  - id: a\n    match: { connections: [|] }',
      ["'*'", 'prod-eu', 'demo'],
    ],
    [
      'connections in quotes',
      'rules:\n  - id: a\n    match: { connections: ["pr|"] }',
      ['*', 'prod-eu', 'demo'],
    ],
    [
      'tools of the matched connections',
      'rules:\n  - id: a\n    match:\n      connections: ["prod-*"]\n      tools:\n        - query\n        - r|',
      ['query', "'refund: all'"],
    ],
    [
      'detectors',
      'rules:\n  - mask: [{ detect: [em|',
      ['email', 'phone', 'credit-card', 'us-ssn', 'iban', 'secret'],
    ],
    ['groups', 'rules:\n  - match:\n      callers:\n        groups: [d|', ['dba', 'data agents']],
    ['chains', 'rules:\n  - approval: |', ['dba-then-security']],
    ['step-ups', 'rules:\n  - stepUp: |', ['passkey']],
    [
      'arguments of the matched tools',
      'rules:\n  - id: a\n    match: { tools: [query] }\n    when: args.|',
      ['sql', 'options'],
    ],
    [
      'arguments of arguments',
      'rules:\n  - id: a\n    match: { tools: [query] }\n    when: |-\n      args.x && args.options.|'.replace(
        '|-',
        '>',
      ),
      ['timeout', 'startsWith(', 'endsWith(', 'contains(', 'matches(', 'exists(', 'all('],
    ],
    [
      'fields of the caller',
      "rules:\n  - unless: \"'a' in caller.|",
      ['subject', 'issuer', 'groups', 'kind', 'clientId'],
    ],
    [
      'dialects of SQL behind the text',
      'rules:\n  - when: sql(args.sql, |',
      ['"postgres"', '"mysql"', '"generic"'],
    ],
    [
      'dialects in the quotes that are there',
      'rules:\n  - when: sql(args.sql, "my|',
      ['postgres', 'mysql', 'generic'],
    ],
    [
      'dialects in quotes that YAML doesn’t take for its own',
      'rules:\n  - when: "!sql(args.sql, |',
      ["'postgres'", "'mysql'", "'generic'"],
    ],
    ['nothing in a comment', 'rules: # |', undefined],
    ['nothing in a description', 'rules:\n  - description: some |', undefined],
  ])('gives %s', (_, marked, expected) => {
    expect(suggested(marked)).toEqual(expected);
  });

  it('gives variables and functions where a condition begins', () => {
    expect(suggested('rules:\n  - when: |')).toEqual(
      expect.arrayContaining(['args', 'caller', 'sql(', 'count(']),
    );
    expect(suggested('rules:\n  - when: "!sql(args.sql).|"')).toEqual(
      expect.arrayContaining(['mutates', 'touches(']),
    );
  });

  it('never throws, wherever the cursor is', () => {
    fc.assert(
      fc.property(fc.nat(DEMO_POLICY_YAML.length), fc.string({ maxLength: 4 }), (at, insert) => {
        const text = DEMO_POLICY_YAML.slice(0, at) + insert + DEMO_POLICY_YAML.slice(at);
        completionsAt(text, at + insert.length, VOCABULARY);
        meaningAt(text, at);
      }),
      { numRuns: 500 },
    );
  });
});

describe('meaningAt', () => {
  it('tells what a name of a condition is', () => {
    const text = 'rules:\n  - when: sql(args.sql).mutates';
    expect(meaningAt(text, text.length - 3)).toMatchObject({ name: 'mutates', to: text.length });
  });

  it.each([
    'rules:\n  - when: sql(args.sql, "mysql").mutates',
    'rules:\n  - when: "sql(args.sql, \'mysql\').mutates"',
    'rules:\n  - when: "sql(args.sql, \\"mysql\\").mutates"',
  ])('tells what the dialect is in %j', (text) => {
    const at = text.indexOf('mysql');
    expect(meaningAt(text, at + 2)).toMatchObject({ detail: 'sql(text, "mysql")', from: at });
  });

  it('takes no argument for a dialect', () => {
    const text = 'rules:\n  - when: args.mysql == 1';
    expect(meaningAt(text, text.indexOf('mysql') + 2)).toBeUndefined();
  });
});

describe('the names that are offered', () => {
  const { functions, variables } = conditionEnvironment.getDefinitions();

  it('are the variables that conditions have', () => {
    expect(VARIABLES.map(({ name }) => name).toSorted()).toEqual(
      variables
        .map(({ name }) => name)
        .filter(
          (name) =>
            !/^[A-Z]|^(cel|optional|bool|bytes|double|int|uint|string|dyn|list|map|type|null_type|google.*)$/.test(
              name,
            ),
        )
        .toSorted(),
    );
  });

  it('are the functions that conditions have', () => {
    // CEL's own conversions between types are left to its specification.
    const conversions =
      /^(?:careful_)?(dyn|type|bool|bytes|double|int|uint|string|timestamp|duration)$/;
    const known = functions
      .filter(({ name, receiverType }) => receiverType === null && !conversions.test(name))
      .map(({ name }) => name);
    expect(FUNCTIONS.map(({ name }) => name).toSorted()).toEqual([...new Set(known)].toSorted());
  });

  it('are all dialects of SQL', () => {
    expect(SQL_DIALECT_TERMS.map(({ name }) => name)).toEqual(SQL_DIALECTS);
  });

  it('are all facts about SQL', () => {
    expect(SQL_TERMS.map(({ name }) => name)).toEqual(
      expect.arrayContaining(Object.keys(SQL_FIELDS)),
    );
  });

  it('explain every key', () => {
    expect(Object.keys(policySchema.shape).every((key) => key in KEY_DOCS)).toBe(true);
  });
});
