import type { JudgedCall } from '../../call.ts';
import { judgedCall } from '../fixtures.ts';
import type { DecisionCase } from './decision-case.ts';

const sql = (text: unknown): JudgedCall => judgedCall({ args: { sql: text } });
const email = '{ detect: [email], as: redact }';

/** INVARIANT: errors never let a call through. */
export const ERRORS: readonly DecisionCase[] = [
  {
    name: 'an erring deny denies',
    rules: ['effect: deny, when: args.missing == 1'],
    expected: { effect: 'deny', source: 'error' },
    deciding: ['r1'],
  },
  {
    name: 'an erring hold holds for its own chain',
    rules: ['effect: hold, approval: dba, when: args.missing == 1'],
    expected: { effect: 'hold', source: 'error', chains: ['dba'] },
  },
  {
    name: 'an erring allow holds',
    rules: ['effect: allow, when: args.missing == 1'],
    expected: { effect: 'hold', source: 'error', chains: [null] },
  },
  {
    name: 'an erring allow holds beside an allow',
    rules: ['effect: allow, when: args.missing == 1', 'effect: allow'],
    expected: { effect: 'hold' },
    deciding: ['r1'],
  },
  {
    name: 'an erring hold and a proper one add up',
    rules: ['effect: hold, approval: a, when: args.x == 1', 'effect: hold, approval: b'],
    expected: { effect: 'hold', source: 'rule', chains: ['a', 'b'] },
  },
  {
    name: 'an erring unless errs',
    rules: ['effect: deny, unless: args.missing == 1'],
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'an erring mask masks',
    rules: ['effect: allow', `mask: [${email}], when: args.missing == 1`],
    expected: { effect: 'allow', masks: [{ detect: ['email'], as: 'redact' }] },
  },
  {
    name: 'a condition that isn’t boolean errs',
    rules: ['effect: deny, when: args.sql'],
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a wrong type errs',
    rules: ['effect: allow, when: sql(args.sql).valid'],
    call: sql(5),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'absent arguments err',
    rules: ['effect: deny, when: has(args.a)'],
    call: judgedCall({ args: undefined }),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a tool whose name can’t be read errs',
    rules: ['match: { tools: [drop] }, effect: deny'],
    call: judgedCall({ target: {}, params: { name: ['drop'] } }),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'so it does where any tool is meant',
    rules: ['match: { tools: ["*"] }, effect: allow'],
    call: judgedCall({ target: {}, params: {} }),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'a prompt whose name can’t be read errs',
    rules: ['match: { prompts: [persona] }, effect: deny'],
    call: judgedCall({ method: 'prompts/get', target: {} }),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a resource whose address can’t be read errs',
    rules: ['match: { resources: ["*"] }, effect: deny'],
    call: judgedCall({ method: 'resources/read', target: {} }),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a rule about another kind has nothing to say about it',
    rules: ['match: { prompts: ["*"], resources: ["*"] }, effect: deny', 'effect: allow'],
    call: judgedCall({ target: {} }),
    expected: { effect: 'allow' },
  },
  {
    name: 'a list names nothing, which is no error',
    rules: ['match: { resources: ["*"] }, effect: deny', 'effect: allow'],
    call: judgedCall({ method: 'resources/list', target: {} }),
    expected: { effect: 'allow' },
  },
  {
    name: 'an absent tool definition errs',
    rules: ['effect: deny, when: tool.annotations.destructiveHint == true'],
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a key named like a prototype’s is only a key',
    rules: ['effect: allow, when: args.constructor == "x"'],
    call: judgedCall({ args: { constructor: 'x' } }),
    expected: { effect: 'allow' },
  },
  {
    name: 'an inherited property is absent',
    rules: ['effect: deny, when: has(args.toString)', 'effect: allow'],
    expected: { effect: 'allow' },
  },
  {
    name: 'arguments nested too deeply err',
    rules: ['effect: allow, when: args.size() > 0'],
    call: judgedCall({ args: nested(300) }),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'large arguments err in nested comprehensions',
    rules: ['effect: allow, when: "args.a.all(x, args.a.exists(y, x == y))"'],
    call: judgedCall({ args: { a: Array.from({ length: 10_000 }, (_, i) => i) } }),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'a false when isn’t undone by an erring unless',
    rules: ['effect: deny, when: args.sql == "", unless: args.missing == 1'],
    expected: { effect: 'hold', source: 'default' },
  },
  {
    name: 'CEL’s own "and" absorbs an error only beside false',
    rules: ['effect: deny, when: args.missing == 1 && args.sql == ""', 'effect: allow'],
    expected: { effect: 'allow' },
  },
  {
    name: 'a text split into too long a list errs in nested comprehensions',
    rules: ["effect: allow, when: \"args.s.split('').all(x, args.s.split('').exists(y, x == y))\""],
    call: judgedCall({ args: { s: 'a'.repeat(100_000) } }),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'reading a long text for each entry of a long list errs',
    rules: ['effect: allow, when: "args.l.all(x, !args.s.matches(\'b+c\'))"'],
    call: judgedCall({ args: { s: 'b'.repeat(100_000), l: Array<number>(40_000).fill(1) } }),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'parsing too many statements errs',
    rules: ['effect: allow, when: "args.l.all(x, !sql(x).mutates)"'],
    call: judgedCall({ args: { l: Array.from({ length: 20_000 }, (_, i) => `select ${i}`) } }),
    expected: { effect: 'hold', source: 'error' },
  },
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = { a: value };
  return value;
}
