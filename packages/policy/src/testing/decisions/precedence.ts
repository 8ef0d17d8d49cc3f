import type { DecisionCase } from './decision-case.ts';

const email = '{ detect: [email], as: redact }';
const salary = '{ field: "**.salary", as: drop }';

/** Which effect wins, and what adds up. */
export const PRECEDENCE: readonly DecisionCase[] = [
  {
    name: 'an allow rule allows',
    rules: ['effect: allow'],
    expected: { effect: 'allow', source: 'rule', chains: [] },
    deciding: ['r1'],
  },
  {
    name: 'a hold rule holds for the connection’s chain',
    rules: ['effect: hold'],
    expected: { effect: 'hold', chains: [null] },
  },
  {
    name: 'a hold rule names its chain',
    rules: ['effect: hold, approval: dba'],
    expected: { effect: 'hold', chains: ['dba'] },
  },
  {
    name: 'a deny rule denies',
    rules: ['effect: deny'],
    expected: { effect: 'deny', source: 'rule', chains: [] },
  },
  {
    name: 'hold beats allow',
    rules: ['effect: allow', 'effect: hold'],
    expected: { effect: 'hold' },
    deciding: ['r2'],
  },
  {
    name: 'deny beats hold',
    rules: ['effect: deny', 'effect: hold, approval: dba'],
    expected: { effect: 'deny', chains: [] },
    deciding: ['r1'],
  },
  {
    name: 'deny beats allow',
    rules: ['effect: allow', 'effect: deny'],
    expected: { effect: 'deny' },
    deciding: ['r2'],
  },
  {
    name: 'holds add up',
    rules: ['effect: hold, approval: dba', 'effect: hold, approval: security', 'effect: hold'],
    expected: { effect: 'hold', chains: ['dba', 'security', null] },
    deciding: ['r1', 'r2', 'r3'],
  },
  {
    name: 'the same chain is asked once',
    rules: ['effect: hold, approval: dba', 'effect: hold, approval: dba'],
    expected: { chains: ['dba'] },
  },
  {
    name: 'messages of deciding rules are told',
    rules: [
      'effect: deny, message: No.',
      'effect: deny, message: Never.',
      'effect: hold, message: Wait.',
    ],
    expected: { messages: ['No.', 'Never.'] },
  },
  {
    name: 'masks of all matching rules apply',
    rules: [`mask: [${email}]`, `effect: allow, mask: [${salary}]`],
    expected: {
      effect: 'allow',
      masks: [
        { detect: ['email'], as: 'redact' },
        { field: '**.salary', as: 'drop' },
      ],
    },
  },
  {
    name: 'the same mask applies once',
    rules: [`mask: [${email}]`, `mask: [${email}]`],
    expected: { masks: [{ detect: ['email'], as: 'redact' }] },
  },
  {
    name: 'a denied call keeps its masks',
    rules: ['effect: deny', `mask: [${email}]`],
    expected: { effect: 'deny', masks: [{ detect: ['email'], as: 'redact' }] },
  },
  {
    name: 'a mask decides nothing',
    rules: [`mask: [${email}]`],
    expected: { effect: 'hold', source: 'default' },
    deciding: [],
  },
  {
    name: 'an observing rule has no effect',
    rules: ['effect: deny, mode: observe', 'effect: allow'],
    expected: { effect: 'allow' },
    deciding: ['r2'],
  },
  {
    name: 'an observing mask has no effect',
    rules: [`mask: [${email}], mode: observe`],
    expected: { masks: [] },
  },
  {
    name: 'an observing rule that errs has no effect',
    rules: ['effect: deny, mode: observe, when: args.x == 1', 'effect: allow'],
    expected: { effect: 'allow' },
  },
];
