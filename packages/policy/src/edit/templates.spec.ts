import { beforeAll, describe, expect, it } from '@jest/globals';
import type { JudgedCall } from '../call.ts';
import { decide } from '../decide.ts';
import { loadSqlParser } from '../sql/parser.ts';
import { compiled, judgedCall } from '../testing/fixtures.ts';
import { addRule } from './rules.ts';
import { readPolicyText } from './read.ts';
import { ruleSentence } from './sentence.ts';
import { RULE_TEMPLATES, type RuleTemplate } from './templates.ts';

beforeAll(loadSqlParser);

function textOf(template: RuleTemplate, given: Readonly<Record<string, string>> = {}): string {
  const initial = Object.fromEntries(
    template.parameters.map(({ name, initial: value }) => [name, value]),
  );
  const added = addRule('rules: []\n', template.rule({ ...initial, ...given }));
  if (!added.ok) throw new Error(added.message);
  return added.text;
}

type Judged = readonly [
  description: string,
  call: Parameters<typeof judgedCall>[0],
  effect: string,
  counts?: Record<string, number>,
];

const call = (
  name: string,
  args: JudgedCall['args'],
  more: Parameters<typeof judgedCall>[0] = {},
) => ({ target: { name }, args, ...more });
const at = (time: string) => ({ now: new Date(time) });
const DEFAULT = 'hold by default';

const JUDGED: Readonly<Record<string, readonly Judged[]>> = {
  'hold-writes': [
    ['a write', call('query', { sql: 'delete from t where id = 1' }), 'hold'],
    ['an unreadable text', call('query', { sql: 'delte' }), 'hold'],
    ['a read', call('query', { sql: 'select 1' }), DEFAULT],
  ],
  'deny-ddl': [
    ['a schema change', call('query', { sql: 'drop table t' }), 'deny'],
    ['an unreadable text', call('query', { sql: 'drop table t /*!*/' }), 'deny'],
    ['a read', call('query', { sql: 'select 1' }), DEFAULT],
  ],
  'hold-model-settings': [['a change', call('update_model_config', {}), 'hold']],
  'mask-people': [['anything', call('query', { sql: 'select 1' }), DEFAULT]],
  'allow-reads': [
    ['a read', call('query', { sql: 'select 1' }), 'allow'],
    ['a write', call('query', { sql: 'delete from t' }), DEFAULT],
    ['an unreadable text', call('query', { sql: '?' }), DEFAULT],
  ],
  'rate-limit': [
    ['few calls', call('query', {}), DEFAULT, { '10m': 20 }],
    ['many calls', call('query', {}), 'hold', { '10m': 21 }],
  ],
  'office-hours': [
    ['the morning', call('query', {}, at('2026-11-23T08:00:00Z')), DEFAULT],
    ['the week’s end', call('query', {}, at('2026-11-22T08:00:00Z')), 'hold'],
    ['the night', call('query', {}, at('2026-11-23T20:00:00Z')), 'hold'],
  ],
  'large-amounts': [
    ['a large amount', call('refund_order', { amount: 101 }), 'hold'],
    ['a small amount', call('refund_order', { amount: 100 }), DEFAULT],
    ['no amount', call('refund_order', {}), 'hold'],
  ],
  'outside-folder': [
    ['a file inside', call('read_file', { path: '/srv/public/a' }), DEFAULT],
    ['a file outside', call('read_file', { path: '/etc/passwd' }), 'deny'],
    ['a step up', call('write_file', { path: '/srv/public/../x' }), 'deny'],
    ['no path', call('read_file', {}), 'deny'],
  ],
  'services-read-only': [
    ['a service’s write', call('query', { sql: 'delete from t' }), 'deny'],
    ['a service’s read', call('query', { sql: 'select 1' }), DEFAULT],
    [
      'a person’s write',
      call('query', { sql: 'delete from t' }, { caller: { kind: 'person' } }),
      DEFAULT,
    ],
  ],
  'unbounded-writes': [
    ['a write of everything', call('query', { sql: 'delete from t' }), 'deny'],
    ['a write of some', call('query', { sql: 'delete from t where id = 1' }), DEFAULT],
    ['an unreadable text', call('query', { sql: 'delete from t /*!*/' }), 'deny'],
  ],
  'observe-first': [['anything', call('query', {}), DEFAULT]],
};

describe('templates', () => {
  it.each(RULE_TEMPLATES)('$id compiles, reads back and says what it does', (template) => {
    const text = textOf(template);
    expect(compiled(text).rules).toHaveLength(1);
    const reading = readPolicyText(text);
    expect(reading.readable && reading.rules[0]?.asWritten).toEqual({});
    expect(reading.readable && ruleSentence(reading.rules[0]?.values ?? {})).toMatch(/^[A-Z]/);
  });

  it.each(RULE_TEMPLATES)('$id takes whatever is filled in as a text', (template) => {
    const hostile = Object.fromEntries(
      template.parameters.map(({ name }) => [
        name,
        name === 'hours'
          ? 'mon'
          : name === 'window'
            ? '5m'
            : name === 'chain'
              ? 'dba'
              : name === 'zone'
                ? 'UTC'
                : `"') || true // ${name}`,
      ]),
    );
    expect(compiled(textOf(template, hostile)).rules).toHaveLength(1);
  });

  it.each(
    RULE_TEMPLATES.flatMap((template) =>
      (JUDGED[template.id] ?? []).map((judged) => ({
        template,
        id: template.id,
        what: judged[0],
        judged,
      })),
    ),
  )('$id judges $what', ({ template, judged: [, judgedAs, effect, counts = {}] }) => {
    const decision = decide(compiled(textOf(template)), judgedCall(judgedAs), { counts });
    const byDefault = decision.deciding.length === 0;
    expect(byDefault ? `${decision.effect} by default` : decision.effect).toBe(effect);
  });

  it('keep the neighbours of a folder out that is given without a slash', () => {
    const template = RULE_TEMPLATES.find(({ id }) => id === 'outside-folder');
    if (template === undefined) throw new Error('There is no such template.');
    const policy = compiled(textOf(template, { folder: '/srv/public' }));
    const effects = ['/srv/public/a', '/srv/public-keys/a'].map(
      (path) => decide(policy, judgedCall(call('read_file', { path }))).effect,
    );
    expect(effects).toEqual(['hold', 'deny']);
  });

  it('are each judged', () => {
    expect(Object.keys(JUDGED).toSorted()).toEqual(RULE_TEMPLATES.map(({ id }) => id).toSorted());
  });
});

describe('ruleSentence', () => {
  it.each([
    [
      {
        effect: 'hold',
        tools: ['query'],
        connections: ['prod-*'],
        when: 'sql(args.sql).mutates',
        approval: 'dba',
      },
      'Hold calls of query on prod-* when SQL in sql may write → dba',
    ],
    [
      {
        effect: 'deny',
        methods: ['tools/call'],
        tools: ['a', 'b', 'c'],
        groups: ['x'],
        kinds: ['service'],
      },
      'Deny calls of a, b or c (tools/call) by services in x',
    ],
    [
      {
        mask: [{ detect: ['email'], as: 'redact' }],
        connections: ['*'],
        unless: "'a' in caller.groups",
      },
      'Mask email in answers to every call on any connection unless the caller is in a',
    ],
    [
      { effect: 'allow', when: 'args.a > 1 || size(args.b)\n > 2', unless: 'has(args.c)' },
      'Allow every call when a is more than 1 or size(args.b) > 2, unless c is given',
    ],
    [{}, 'Do nothing to every call'],
  ])('says what %j does', (rule, sentence) => {
    expect(ruleSentence(rule)).toBe(sentence);
  });
});
