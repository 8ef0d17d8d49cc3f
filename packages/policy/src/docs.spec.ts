import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { compilePolicy } from './compile.ts';
import { decide } from './decide.ts';
import { DEMO_POLICY_YAML } from './demo-policy.ts';
import { DETECTORS, EFFECTS, MASK_STYLES } from './schema.ts';
import { loadSqlParser } from './sql/parser.ts';
import { compiled, judgedCall } from './testing/fixtures.ts';

const reference = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
const examples = [...reference.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match, index) => ({
  name: `example ${index + 1}, line ${reference.slice(0, match.index).split('\n').length}`,
  yaml: match[1] ?? '',
}));

beforeAll(loadSqlParser);

describe('docs/policy.md', () => {
  it.each(examples)('$name compiles', ({ yaml }) => {
    const result = compilePolicy(yaml);
    expect(result.ok ? [] : result.issues).toEqual([]);
  });

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(20);
  });

  it.each([...DETECTORS, ...EFFECTS, ...MASK_STYLES])('names %s', (word) => {
    expect(reference).toContain(`\`${word}\``);
  });
});

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
  ])('decides %s', (_, name, args, effect, deciding) => {
    const call = judgedCall({ connection: { name: 'demo' }, target: { name }, args });
    const decision = decide(compiled(DEMO_POLICY_YAML), call);
    expect(decision.effect).toBe(effect);
    expect(decision.deciding.map((outcome) => outcome.ruleId)).toEqual(deciding);
    expect(decision.masks).toHaveLength(2);
  });
});
