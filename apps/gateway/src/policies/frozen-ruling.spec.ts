import { describe, expect, it } from '@jest/globals';
import { classifyMethod } from '@holdpoint/mcp';
import type { Decision } from '@holdpoint/policy';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import { isOfFreeze, WAS_FROZEN, whyFrozen } from '../freezes/why-frozen.ts';
import { rule } from './ruling.ts';

const ALLOWED: Decision = {
  effect: 'allow',
  chains: [],
  masks: [],
  deciding: [],
  outcomes: [],
  source: 'rule',
  explanation: 'Allowed.',
  messages: [],
};
const CONNECTION = { title: 'Production' } as unknown as ConnectionRecord;
const REASON = { title: 'Production', reason: 'A breach' } as const;

describe('a frozen connection', () => {
  // Guarantee: nothing is carried out or read there; what only keeps a session alive or gives work up passes.
  it.each([
    ['tools/call', 'deny'],
    ['tools/list', 'deny'],
    ['resources/read', 'deny'],
    ['tasks/get', 'deny'],
    ['tasks/cancel', 'allow'],
    ['ping', 'allow'],
    ['initialize', 'allow'],
  ])('answers %s with %s', (method, effect) => {
    const kind = classifyMethod(method, 'from-client', true);
    const ruling = rule(ALLOWED, new Map(), {
      kind,
      method,
      connection: CONNECTION,
      frozen: { ...REASON, scope: 'connection' },
      isToolListed: true,
    });
    expect(ruling.effect).toBe(effect);
    if (effect === 'deny')
      expect(ruling).toMatchObject({
        refusal: 'frozen',
        decision: {
          explanation: 'The connection Production is frozen, so nothing passes: A breach.',
        },
      });
  });
});

describe('a freeze says what is frozen, to agents and to people:', () => {
  it.each([
    ['connection', 'The connection Production is frozen, so nothing passes: A breach.'],
    ['caller', 'The caller is frozen, so none of its calls passes: A breach.'],
    ['installation', 'Everything is frozen, so nothing passes: A breach.'],
  ] as const)('%s', (scope, sentence) => {
    expect(whyFrozen({ ...REASON, scope })).toBe(sentence);
    expect(isOfFreeze(sentence)).toBe(true);
    expect(isOfFreeze(`${WAS_FROZEN[scope]}A breach`)).toBe(true);
  });

  it.each([null, 'Riley: The connection was frozen: no', 'Nobody decided in time.'])(
    'which %s is not',
    (reason) => {
      expect(isOfFreeze(reason)).toBe(false);
    },
  );
});
