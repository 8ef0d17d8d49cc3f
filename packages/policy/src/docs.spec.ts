import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parseCases, runCase } from './cases/policy-cases.ts';
import { conditionEnvironment } from './cel/environment.ts';
import { SQL_FIELDS } from './cel/facts.ts';
import { compilePolicy } from './compile.ts';
import { decide } from './decide.ts';
import { DEMO_POLICY_YAML } from './demo-policy.ts';
import { DETECTORS, EFFECTS, knownKeys, MASK_STYLES } from './schema.ts';
import { loadSqlParser } from './sql/parser.ts';
import { compiled, judgedCall } from './testing/fixtures.ts';

const reference = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
const NOW = new Date('2026-11-23T10:00:00Z');

interface Block {
  /** What stands behind `yaml`. */
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

const blocks: readonly Block[] = [...reference.matchAll(/^```yaml(.*)\n([\s\S]*?)^```/gm)].map(
  (match) => ({
    info: (match[1] ?? '').trim(),
    text: match[2] ?? '',
    line: reference.slice(0, match.index).split('\n').length,
  }),
);
const policies = blocks
  .map((block, index) => ({ ...block, cases: blocks[index + 1] }))
  .filter(({ info }) => info === '' || info.startsWith('no-cases'));

beforeAll(loadSqlParser);

describe('docs/policy.md', () => {
  it.each(policies)('the example at line $line compiles', ({ text }) => {
    const result = compilePolicy(text);
    expect(result.ok ? result.warnings : result.issues).toEqual([]);
  });

  it.each(policies.filter(({ info }) => info === ''))(
    'the example at line $line does what its cases say',
    ({ text, cases }) => {
      expect(cases?.info).toBe('cases');
      const parsed = parseCases(cases?.text ?? '');
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
      const policy = compiled(text);
      const failed = parsed.cases
        .map((one) => runCase(policy, one, NOW))
        .filter(({ differences }) => differences.length > 0)
        .map(({ case: one, differences }) => ({ description: one.description, differences }));
      expect(failed).toEqual([]);
    },
  );

  it('says why an example has no cases', () => {
    const unreasoned = policies.filter(({ info }) => /^no-cases\s*$/.test(info));
    expect(unreasoned).toEqual([]);
    expect(policies.length).toBeGreaterThan(40);
  });

  it('names every word that a key takes', () => {
    const words = [...DETECTORS, ...EFFECTS, ...MASK_STYLES, 'enforce', 'observe'];
    expect(words.filter((word) => !reference.includes(`\`${word}\``))).toEqual([]);
  });

  it('has an example for every key', () => {
    const parents = [[], ['rules', 0], ['rules', 0, 'match'], ['rules', 0, 'match', 'callers']];
    const keys = [
      ...parents,
      ['rules', 0, 'mask', 0],
      ['chains', 'c'],
      ['chains', 'c', 'steps', 0],
      ['chains', 'c', 'steps', 0, 'reviewers'],
      ['chains', 'c', 'steps', 0, 'onDeadline'],
      ['chains', 'c', 'steps', 0, 'onDeadline', 'remind'],
      ['chains', 'c', 'steps', 0, 'onDeadline', 'escalate', 0],
    ].flatMap((path) => knownKeys(path));
    expect(keys.length).toBeGreaterThan(25);
    expect(keys.filter((key) => !inExamples(new RegExp(`\\b${key}:`)))).toEqual([]);
  });

  it('has an example for every fact of sql', () => {
    const facts = Object.keys(SQL_FIELDS);
    expect(facts.filter((fact) => !inExamples(new RegExp(`sql\\([^)]*\\)\\.${fact}\\b`)))).toEqual(
      [],
    );
  });

  it('has an example for every field of every variable', () => {
    const missing = Object.entries(FIELDS).flatMap(([variable, fields]) =>
      fields
        .map((field) => `${variable}.${field}`)
        .filter((name) => !inExamples(new RegExp(`\\b${name.replaceAll('.', '\\.')}\\b`))),
    );
    expect(missing).toEqual([]);
  });

  it('has an example for every function', () => {
    const names = new Set(conditionEnvironment.getDefinitions().functions.map(({ name }) => name));
    const missing = [...names].filter(
      (name) =>
        !/^(inZone|careful)_/.test(name) &&
        !USELESS.includes(name) &&
        !inExamples(new RegExp(`\\b${name}\\(`)),
    );
    expect(missing).toEqual([]);
  });
});

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  connection: ['name'],
  call: ['method', 'name', 'uri', 'params'],
  tool: ['name', 'title', 'description', 'annotations', 'inputSchema'],
  caller: ['subject', 'issuer', 'groups', 'kind', 'clientId'],
  session: ['id', 'client.name', 'client.version'],
};

/** Of the library: about bytes, optional values and unsigned numbers, which no call has. */
const USELESS = [
  ...['bytes', 'json', 'hex', 'base64', 'at', 'uint', 'dyn', 'linearMatches'],
  ...['hasValue', 'value', 'none', 'of', 'or', 'orValue'],
];

function inExamples(pattern: RegExp): boolean {
  return policies.some(({ text }) => pattern.test(text));
}

describe('the demo policy', () => {
  it.each([
    ['a read', 'query', { sql: 'select * from customers' }, 'allow', ['allow-reads']],
    ['a write', 'query', { sql: 'delete from customers where id = 1' }, 'hold', ['hold-writes']],
    ['a hidden write', 'query', { sql: 'select 1; delete from t' }, 'hold', ['hold-writes']],
    ['an unreadable text', 'query', { sql: 'delte' }, 'hold', ['hold-writes']],
    ['a schema change', 'query', { sql: 'drop table customers' }, 'deny', ['no-schema-changes']],
    ['a missing text', 'query', {}, 'deny', ['no-schema-changes']],
    ['a description', 'describe_table', { table: 'customers' }, 'allow', ['allow-describe-table']],
    ['a refund', 'refund_order', { id: 1 }, 'hold', ['hold-refunds']],
    ['a model change', 'update_model_config', {}, 'hold', ['hold-model-changes']],
    ['an unknown tool', 'drop_everything', {}, 'hold', []],
  ])('decides %s of the database', (_, name, args, effect, deciding) => {
    const call = judgedCall({ connection: { name: 'demo' }, target: { name }, args });
    const decision = decide(compiled(DEMO_POLICY_YAML), call);
    expect(decision.effect).toBe(effect);
    expect(decision.deciding.map((outcome) => outcome.ruleId)).toEqual(deciding);
    expect(decision.masks).toHaveLength(2);
  });

  const ELSEWHERE = ['hold-writing-elsewhere'];
  it.each([
    ['reading', 'read_text_file', { path: 'reports/q3.md' }, 'allow', ['allow-reading-files']],
    ['a draft', 'write_file', { path: 'drafts/a.md' }, 'allow', ['allow-writing-drafts']],
    ['another file', 'write_file', { path: 'reports/q3.md' }, 'hold', ELSEWHERE],
    ['a way out of the drafts', 'edit_file', { path: 'drafts/../a.md' }, 'hold', ELSEWHERE],
    ['a folder that begins alike', 'write_file', { path: 'drafts-old/a.md' }, 'hold', ELSEWHERE],
    ['the drafts by their whole path', 'write_file', { path: '/x/drafts/a' }, 'hold', ELSEWHERE],
    ['moving, which names other places', 'move_file', { source: 'a' }, 'hold', ELSEWHERE],
    [
      'a path that is no text',
      'write_file',
      { path: ['drafts/'] },
      'hold',
      ['allow-writing-drafts', ...ELSEWHERE],
    ],
    ['an unknown tool', 'delete_file', { path: 'drafts/a.md' }, 'hold', []],
  ])('decides %s of files', (_, name, args, effect, deciding) => {
    const call = judgedCall({ connection: { name: 'files' }, target: { name }, args });
    const decision = decide(compiled(DEMO_POLICY_YAML), call);
    expect(decision.effect).toBe(effect);
    expect(decision.deciding.map((outcome) => outcome.ruleId)).toEqual(deciding);
  });
});
