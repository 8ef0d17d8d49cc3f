import { describe, expect, it } from '@jest/globals';
import { argumentPaths } from './argument-paths.ts';

describe('argumentPaths', () => {
  it('are the properties of a schema and theirs', () => {
    const schema = {
      type: 'object',
      properties: {
        sql: { type: 'string' },
        options: { type: ['object', 'null'], properties: { timeout: { type: 'integer' } } },
        rest: true,
      },
    };
    expect(argumentPaths(schema)).toEqual([
      { path: 'sql', type: 'string' },
      { path: 'options', type: 'object or null' },
      { path: 'rest', type: 'any' },
      { path: 'options.timeout', type: 'integer' },
    ]);
  });

  it.each([
    ['no schema', undefined],
    ['a schema that is none', 'x'],
    ['properties that are none', { properties: [1, 2] }],
    ['types that are none', { properties: { '': { type: 'string' } } }],
  ])('are none where there is %s', (_, schema) => {
    expect(argumentPaths(schema)).toEqual([]);
  });

  it('are few, short and near, whatever an upstream says', () => {
    const deep = {
      properties: { a: { properties: { b: { properties: { c: { properties: { d: {} } } } } } } },
    };
    expect(argumentPaths(deep).map(({ path }) => path)).toEqual(['a', 'a.b', 'a.b.c']);
    const many = {
      properties: Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`a${index}`, {}])),
    };
    expect(argumentPaths(many)).toHaveLength(60);
    expect(argumentPaths({ properties: { ['x'.repeat(101)]: {} } })).toEqual([]);
  });
});
