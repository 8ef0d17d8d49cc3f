import { describe, expect, it } from '@jest/globals';
import type { KnownTool } from './argument-check.ts';
import { compilePolicy } from '../compile.ts';

const strings = (...names: readonly string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

const TOOLS: readonly KnownTool[] = [
  { connection: 'prod', name: 'query', inputSchema: strings('sql', 'limit') },
  { connection: 'prod', name: 'execute', inputSchema: strings('sql', 'force') },
  {
    connection: 'prod',
    name: 'find',
    inputSchema: { type: 'object', properties: { filter: strings('name') } },
  },
  { connection: 'prod', name: 'ping', inputSchema: { additionalProperties: false } },
  {
    connection: 'prod',
    name: 'open',
    inputSchema: { ...strings('sql'), additionalProperties: { type: 'string' } },
  },
  { connection: 'prod', name: 'either', inputSchema: { oneOf: [strings('a'), strings('b')] } },
  { connection: 'prod', name: 'odd', inputSchema: null },
  { connection: 'test', name: 'other', inputSchema: strings('__proto__', 'table') },
];

function warningsOf(rule: string) {
  const result = compilePolicy(`rules:\n  - { id: a, effect: hold, ${rule} }\n`, { tools: TOOLS });
  return result.ok ? result.warnings : result.issues;
}

describe('arguments that a tool doesn’t have', () => {
  it.each([
    [
      'a misspelt one',
      'match: { tools: [query] }, when: args.sqll == "x"',
      'There is no argument "sqll" in "query" of "prod". Did you mean "sql"?',
    ],
    [
      'one of several tools',
      'match: { tools: [query, execute] }, when: args.force == "x"',
      'There is no argument "force" in "query" of "prod".',
    ],
    [
      'by index',
      `match: { tools: [query] }, when: 'args["table"] == "x"'`,
      'There is no argument "table" in "query" of "prod".',
    ],
    [
      'below another',
      'match: { tools: [find] }, unless: args.filter.nmae == "x"',
      'There is no argument "filter.nmae" in "find" of "prod". Did you mean "name"?',
    ],
    [
      'asked for, but in no tool',
      'match: { tools: [query, execute] }, when: has(args.forced)',
      'There is no argument "forced" in "query" of "prod", "execute" of "prod". Did you mean "force"?',
    ],
    [
      'of a tool without any',
      'match: { tools: [ping] }, when: args.host == "x"',
      'There is no argument "host" in "ping" of "prod".',
    ],
    [
      'inside a comprehension',
      'match: { tools: [query] }, when: "[1].exists(i, args.ids == i)"',
      'There is no argument "ids" in "query" of "prod".',
    ],
    [
      'for every caller that the rule may be about',
      'match: { tools: [query], callers: { groups: [a] } }, when: args.x == "x"',
      'There is no argument "x" in "query" of "prod".',
    ],
    [
      'with a name that JavaScript knows',
      'match: { tools: [query] }, when: args.constructor == "x"',
      'There is no argument "constructor" in "query" of "prod".',
    ],
  ])('are warned of: %s', (_, rule, message) => {
    expect(warningsOf(rule).map((warning) => warning.message)).toEqual([message]);
  });

  it.each([
    ['a known one', 'match: { tools: [query] }, when: args.sql == "x"'],
    [
      'one that is asked for',
      'match: { tools: [query, execute] }, when: has(args.force) && args.force == "x"',
    ],
    [
      'below one that is asked for',
      'match: { tools: [query, find] }, when: has(args.filter) && args.filter.name == "x"',
    ],
    ['a schema that welcomes others', 'match: { tools: [open] }, when: args.x == "x"'],
    ['a schema of several', 'match: { tools: [either] }, when: args.x == "x"'],
    ['no schema', 'match: { tools: [odd] }, when: args.x == "x"'],
    ['a computed name', 'match: { tools: [query] }, when: "args[caller.subject] == \'x\'"'],
    ['another connection', 'match: { connections: [test], tools: [query] }, when: args.x == "x"'],
    ['another method', 'match: { methods: [prompts/get] }, when: args.x == "x"'],
    ['a variable of the same field', 'match: { tools: [query] }, when: call.params.x == "x"'],
  ])('aren’t seen in %s', (_, rule) => {
    expect(warningsOf(rule)).toEqual([]);
  });

  it('are marked in place', () => {
    expect(warningsOf('match: { tools: [query] }, when: args.sqll == "x"')).toMatchObject([
      { line: 2, column: 61, endLine: 2, endColumn: 70, path: ['rules', 0, 'when'] },
    ]);
  });

  it('are nobody’s business without tools', () => {
    expect(compilePolicy('rules: [{ id: a, when: args.x == 1, effect: deny }]')).toMatchObject({
      ok: true,
      warnings: [],
    });
  });
});
