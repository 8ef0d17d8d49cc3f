import { describe, expect, it } from '@jest/globals';
import { sqlReadings } from './sql-readings.ts';
import { rules } from './testing/fixtures.ts';

const QUERY = { connection: { name: 'prod-eu' }, method: 'tools/call', target: { name: 'query' } };

describe('sqlReadings', () => {
  it.each([
    ['no condition', ['effect: hold'], []],
    ['a condition without SQL', ['effect: hold, when: args.x == 1'], []],
    ['one text', ['effect: hold, when: sql(args.sql).mutates'], ['sql postgres']],
    ['a text inside', ['effect: hold, when: sql(args.a.b).mutates'], ['a.b postgres']],
    ['an exception', ['effect: hold, unless: sql(args.sql).where'], ['sql postgres']],
    ['another dialect', [`effect: hold, when: 'sql(args.q, "mysql").ddl'`], ['q mysql']],
    [
      'several, each once',
      [
        'effect: hold, when: sql(args.sql).valid && sql(args.sql).mutates',
        'effect: deny, when: sql(args.sql).ddl',
        'effect: deny, when: sql(args.other).ddl',
      ],
      ['sql postgres', 'other postgres'],
    ],
    ['a text put together', [`effect: hold, when: 'sql(args.a + args.b).ddl'`], []],
    ['another tool', ['effect: deny, match: { tools: [x] }, when: sql(args.sql).ddl'], []],
  ])('finds %s', (_, lines, found) => {
    const readings = sqlReadings(rules(...lines), QUERY);
    expect(readings.map(({ path, dialect }) => `${path.join('.')} ${dialect}`)).toEqual(found);
  });
});
