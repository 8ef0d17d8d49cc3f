import { beforeAll, describe, expect, it } from '@jest/globals';
import { decide } from '../decide.ts';
import { compilePolicy } from '../compile.ts';
import { loadSqlParser } from '../sql/parser.ts';
import { judgedCall, rules } from '../testing/fixtures.ts';

beforeAll(loadSqlParser);

function messagesOf(condition: string): readonly string[] {
  const result = compilePolicy(
    JSON.stringify({ rules: [{ id: 'r', when: condition, effect: 'deny' }] }),
  );
  return result.ok ? [] : result.issues.map(({ message }) => message);
}

describe('the dialect of sql()', () => {
  it.each(['postgres', 'mysql', 'generic'])('may be %s', (dialect) => {
    expect(messagesOf(`sql(args.sql, "${dialect}").mutates`)).toEqual([]);
  });

  it.each([
    ['sql(args.sql, "mysq").mutates', 'Unknown SQL dialect "mysq". Did you mean "mysql"?'],
    ['sql(args.sql, "MySQL").mutates', 'Unknown SQL dialect "MySQL". Did you mean "mysql"?'],
    ['sql(args.sql, "oracle").mutates', 'Unknown SQL dialect "oracle".'],
    ['sql(args.sql, args.dialect).mutates', 'The dialect of sql() must be a literal text.'],
    ['sql(args.sql, 1).mutates', 'The dialect of sql() must be a literal text.'],
  ])('refuses %s when the policy is saved', (condition, message) => {
    expect(messagesOf(condition)).toEqual([message]);
  });

  it.each([
    ['select `id` from t', 'deny', 'allow', 'deny'],
    ["select 'a'::text", 'allow', 'deny', 'deny'],
    ['select id from t', 'allow', 'allow', 'allow'],
    ['select sleep(1)', 'deny', 'deny', 'deny'],
    ['delete from t', 'deny', 'deny', 'deny'],
  ])('decides how %s is read', (sql, ...effects) => {
    const call = judgedCall({ args: { sql }, connection: { defaultEffect: 'allow' } });
    const found = ['postgres', 'mysql', 'generic'].map(
      (dialect) =>
        decide(rules(`when: 'sql(args.sql, "${dialect}").mutates', effect: deny`), call).effect,
    );
    expect(found).toEqual(effects);
  });

  // Guarantees that a list of slow texts costs no more than one decision may.
  it('is paid for by the text', () => {
    const list = Array.from({ length: 200 }, (_, i) => `select ${'cast('.repeat(9)}${i}`);
    const call = judgedCall({ args: { list }, connection: { defaultEffect: 'allow' } });
    const policy = rules(`when: 'args.list.all(s, sql(s, "mysql").mutates)', effect: hold`);
    expect(decide(policy, call).outcomes[0]?.condition).toMatchObject({
      value: 'error',
      error: 'The arguments are too large for this condition',
    });
  });
});
