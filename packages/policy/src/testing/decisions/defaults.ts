import { judgedCall } from '../fixtures.ts';
import type { DecisionCase } from './decision-case.ts';

const marks = judgedCall().connection.readOnly;

/** What happens where no rule has an effect. */
export const DEFAULTS: readonly DecisionCase[] = [
  {
    name: 'nothing matches: the default holds',
    rules: [],
    expected: { effect: 'hold', source: 'default', chains: [null] },
  },
  {
    name: 'nothing matches: the default allows',
    rules: [],
    call: judgedCall({ connection: { defaultEffect: 'allow' } }),
    expected: { effect: 'allow', source: 'default' },
  },
  {
    name: 'nothing matches: the default denies',
    rules: [],
    call: judgedCall({ connection: { defaultEffect: 'deny' } }),
    expected: { effect: 'deny', source: 'default' },
  },
  {
    name: 'a marked tool is allowed',
    rules: [],
    call: judgedCall({ connection: { readOnly: { ...marks, tools: ['query'] } } }),
    expected: { effect: 'allow', source: 'read-only-mark' },
  },
  {
    name: 'a mark of another tool is none',
    rules: [],
    call: judgedCall({ connection: { readOnly: { ...marks, tools: ['Query', 'query2'] } } }),
    expected: { effect: 'hold' },
  },
  {
    name: 'a mark never overrides a rule',
    rules: ['effect: hold'],
    call: judgedCall({ connection: { readOnly: { ...marks, tools: ['query'] } } }),
    expected: { effect: 'hold', source: 'rule' },
  },
  {
    name: 'a mark never overrides an erring rule',
    rules: ['effect: allow, when: args.x == 1'],
    call: judgedCall({ connection: { readOnly: { ...marks, tools: ['query'] } } }),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'a mark doesn’t loosen a default deny',
    rules: [],
    call: judgedCall({
      connection: { defaultEffect: 'deny', readOnly: { ...marks, tools: ['query'] } },
    }),
    expected: { effect: 'deny', source: 'default' },
  },
  {
    name: 'marked resources are allowed',
    rules: [],
    call: judgedCall({
      method: 'resources/read',
      target: { uri: 'a:b' },
      connection: { readOnly: { ...marks, resources: true } },
    }),
    expected: { effect: 'allow' },
  },
  {
    name: 'a mark of resources isn’t one of subscriptions',
    rules: [],
    call: judgedCall({
      method: 'resources/subscribe',
      target: { uri: 'a:b' },
      connection: { readOnly: { ...marks, resources: true } },
    }),
    expected: { effect: 'hold' },
  },
  {
    name: 'marked subscriptions are allowed',
    rules: [],
    call: judgedCall({
      method: 'subscriptions/listen',
      target: {},
      connection: { readOnly: { ...marks, subscriptions: true } },
    }),
    expected: { effect: 'allow' },
  },
  {
    name: 'marked prompts are allowed',
    rules: [],
    call: judgedCall({
      method: 'prompts/get',
      target: { name: 'p' },
      connection: { readOnly: { ...marks, prompts: true } },
    }),
    expected: { effect: 'allow' },
  },
  {
    name: 'marked completion is allowed',
    rules: [],
    call: judgedCall({
      method: 'completion/complete',
      target: {},
      connection: { readOnly: { ...marks, completion: true } },
    }),
    expected: { effect: 'allow' },
  },
  {
    name: 'an unknown method takes the default',
    rules: ['match: { tools: ["*"] }, effect: allow'],
    call: judgedCall({ method: 'x/y', target: {} }),
    expected: { effect: 'hold', source: 'default' },
  },
];
