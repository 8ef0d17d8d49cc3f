import { describe, expect, it } from '@jest/globals';
import { DEMO_POLICY_YAML } from '../demo-policy.ts';
import { editChain, removeChain, renameChain, setDefaultEffect } from './chains.ts';
import type { EditResult } from './change.ts';
import { readPolicyText } from './read.ts';
import { addRule, duplicateRule, editRule, moveRule, removeRule } from './rules.ts';
import type { RuleChange } from './rule-values.ts';

const POLICY = `# Ours.
rules:
  # About reads.
  - id: reads # keep
    match: { tools: [query], connections: ["demo*"] } # both
    when: "!sql(args.sql).mutates"
    effect: allow

  # Writes wait.
  # They always did.
  - effect: hold
    id: 'writes'
    match:
      tools:
        - query # the only one
        # refunds wait elsewhere
        - execute
    when: |
      sql(args.sql).mutates &&
        args.amount > 10
    message: >-
      Wait for a
      reviewer.
    approval: dba
  - {id: masks, mask: [{ detect: [email], as: redact }]}
# The end.
chains:
  dba:
    steps:
      - { reviewers: { groups: [dba] }, deadline: 30m } # fast
`;

function textOf(result: EditResult): string {
  if (!result.ok) throw new Error(result.message);
  return result.text;
}

/** The lines that differ, as `-before` and `+after`. */
function difference(before: string, after: string): readonly string[] {
  const old = before.split('\n');
  const fresh = after.split('\n');
  let head = 0;
  while (head < old.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < fresh.length - head &&
    old.at(-1 - tail) === fresh.at(-1 - tail)
  )
    tail += 1;
  return [
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...fresh.slice(head, fresh.length - tail).map((line) => `+${line}`),
  ];
}

interface Case {
  readonly description: string;
  readonly rule: number;
  readonly change: RuleChange;
  readonly lines: readonly string[];
}

const CASES: readonly Case[] = [
  {
    description: 'a plain text',
    rule: 0,
    change: { id: 'all-reads' },
    lines: ['-  - id: reads # keep', '+  - id: all-reads # keep'],
  },
  {
    description: 'a text in double quotes',
    rule: 0,
    change: { when: '!sql(args.q).mutates' },
    lines: ['-    when: "!sql(args.sql).mutates"', '+    when: "!sql(args.q).mutates"'],
  },
  {
    description: 'a text in single quotes',
    rule: 1,
    change: { id: "w's" },
    lines: ["-    id: 'writes'", "+    id: 'w''s'"],
  },
  {
    description: 'a list in a mapping on one line',
    rule: 0,
    change: { tools: ['query', 'a, b'] },
    lines: [
      '-    match: { tools: [query], connections: ["demo*"] } # both',
      '+    match: { tools: [query, \'a, b\'], connections: ["demo*"] } # both',
    ],
  },
  {
    description: 'a key that goes from a mapping on one line',
    rule: 0,
    change: { tools: [] },
    lines: [
      '-    match: { tools: [query], connections: ["demo*"] } # both',
      '+    match: { connections: ["demo*"] } # both',
    ],
  },
  {
    description: 'a key that comes into a mapping on one line',
    rule: 0,
    change: { groups: ['ops'] },
    lines: [
      '-    match: { tools: [query], connections: ["demo*"] } # both',
      '+    match: { tools: [query], connections: ["demo*"], callers: { groups: [ops] } } # both',
    ],
  },
  {
    description: 'the whole mapping with its last keys',
    rule: 0,
    change: { tools: null, connections: null },
    lines: ['-    match: { tools: [query], connections: ["demo*"] } # both'],
  },
  {
    description: 'a key in its usual place',
    rule: 0,
    change: { description: 'Reads: they run' },
    lines: ["+    description: 'Reads: they run'"],
  },
  {
    description: 'an item at the end of a list of lines',
    rule: 1,
    change: { tools: ['query', 'execute', 'run *'] },
    lines: ['+        - run *'],
  },
  {
    description: 'an item that leaves a list of lines',
    rule: 1,
    change: { tools: ['execute'] },
    lines: ['-        - query # the only one'],
  },
  {
    description: 'a condition of several lines',
    rule: 1,
    change: { when: 'true\n' },
    lines: ['-      sql(args.sql).mutates &&', '-        args.amount > 10', '+      true'],
  },
  {
    description: 'a folded text',
    rule: 1,
    change: { message: 'No.' },
    lines: ['-      Wait for a', '-      reviewer.', '+      No.'],
  },
  {
    description: 'a key that goes from a line of its own',
    rule: 1,
    change: { approval: null },
    lines: ['-    approval: dba'],
  },
  {
    description: 'the key on the line of the dash',
    rule: 1,
    change: { effect: null, mask: [{ field: '**.x', as: 'drop' }] },
    lines: ['-  - effect: hold', "-    id: 'writes'", "+  - id: 'writes'"],
  },
  {
    description: 'a mask of a rule on one line',
    rule: 2,
    change: {
      mask: [
        { detect: ['email', 'phone'], as: 'redact' },
        { field: '**.salary', as: 'drop' },
      ],
    },
    lines: [
      '-  - {id: masks, mask: [{ detect: [email], as: redact }]}',
      "+  - {id: masks, mask: [{ detect: [email, phone], as: redact }, { field: '**.salary', as: drop }]}",
    ],
  },
];

describe('editRule', () => {
  it.each(CASES)('changes only $description', ({ rule, change, lines }) => {
    const after = textOf(editRule(POLICY, rule, change));
    const expected = lines.filter((line) => line !== '');
    expect(difference(POLICY, after)).toEqual(expect.arrayContaining([...expected]));
    const reading = readPolicyText(after);
    if (!reading.readable) throw new Error('unreadable');
    for (const [field, value] of Object.entries(change)) {
      const read = reading.rules[rule]?.values;
      const wanted = value === null || value?.length === 0 ? undefined : value;
      expect({ ...read }[field]).toEqual(wanted);
    }
  });

  it('says why it leaves alone what other places share', () => {
    const text =
      'rules:\n  - id: a\n    match: &m { tools: [x] }\n    effect: hold\n  - id: b\n    match: *m\n    effect: deny\n';
    expect(editRule(text, 0, { tools: ['y'] })).toMatchObject({ ok: false });
    expect(editRule(text, 1, { tools: ['y'] })).toMatchObject({ ok: false });
    expect(textOf(editRule(text, 1, { effect: 'hold' }))).toBe(text.replace('deny', 'hold'));
    expect(removeRule(text, 0)).toMatchObject({ ok: false });
  });

  it('keeps a byte order mark and the way lines end', () => {
    const text = `\ufeff${POLICY.replaceAll('\n', '\r\n')}`;
    const after = textOf(editRule(text, 1, { description: 'New', when: 'a\nb' }));
    expect(after.startsWith('\ufeff')).toBe(true);
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });
});

describe('the list of rules', () => {
  it('duplicates a rule as it is written', () => {
    const after = textOf(duplicateRule(POLICY, 0));
    expect(difference(POLICY, after)).toHaveLength(4);
    expect(after).toContain('- id: reads-2 # keep\n    match: { tools: [query]');
  });

  it('moves a rule with the comment above it', () => {
    const after = textOf(moveRule(POLICY, 1, 2));
    expect(after).toContain('redact }]}\n  # Writes wait.\n  # They always did.\n  - effect: hold');
    expect(textOf(moveRule(after, 2, 1))).toBe(POLICY);
  });

  it('removes a rule with the comment above it', () => {
    const after = textOf(removeRule(POLICY, 1));
    expect(after).not.toContain('They always did');
    expect(after).toContain('effect: allow\n\n  - {id: masks');
  });

  it('removes the last rule and adds a first one', () => {
    const one = '# a\nrules: # b\n  - id: x\n    effect: hold\n# c\n';
    const none = textOf(removeRule(one, 0));
    expect(none).toBe('# a\nrules: [] # b\n# c\n');
    expect(textOf(addRule(none, { id: 'x', effect: 'hold' }))).toBe(one);
  });

  it.each([
    ['an empty file', '', 'rules:\n  - id: x\n    effect: hold\n'],
    ['comments alone', '# only this', '# only this\nrules:\n  - id: x\n    effect: hold'],
    ['rules without a value', 'rules:\n', 'rules:\n  - id: x\n    effect: hold\n'],
    ['a file of chains', 'chains: {}\n', 'chains: {}\nrules:\n  - id: x\n    effect: hold\n'],
    [
      'rules on one line',
      'rules: [{ id: a, effect: deny }]',
      'rules: [{ id: a, effect: deny }, { id: x, effect: hold }]',
    ],
    ['an empty mapping', '{}\n', 'rules:\n  - id: x\n    effect: hold\n'],
  ])('adds a rule to %s', (_, text, expected) => {
    expect(textOf(addRule(text, { id: 'x', effect: 'hold' }))).toBe(expected);
  });

  it('writes a new rule as the documentation does', () => {
    const rule = {
      id: 'x',
      description: 'Why',
      connections: ['prod-*'],
      groups: ['ops'],
      when: '!args.a',
      effect: 'hold',
    };
    expect(textOf(addRule('rules:\n- id: a\n  effect: deny\n', rule, 0))).toBe(
      "rules:\n- id: x\n  description: Why\n  match:\n    connections: ['prod-*']\n    callers: { groups: [ops] }\n  when: '!args.a'\n  effect: hold\n\n- id: a\n  effect: deny\n",
    );
  });
});

describe('readPolicyText', () => {
  it('reads the demo policy whole', () => {
    const reading = readPolicyText(DEMO_POLICY_YAML);
    expect(
      reading.readable &&
        reading.rules.map(({ asWritten, unknown, locked }) => ({ ...asWritten, unknown, locked })),
    ).toEqual(Array.from({ length: 11 }, () => ({ unknown: [], locked: undefined })));
  });

  it('shows as written what a form cannot hold', () => {
    const text =
      'rules:\n  - id: 7\n    match: { tools: query }\n    efect: hold\n    when: !js x\n    mask: [{ detect: [email], as: redact, soon: true }]\n  - 1\n';
    const reading = readPolicyText(text);
    if (!reading.readable) throw new Error('unreadable');
    const [first, second] = reading.rules;
    expect(first?.asWritten).toMatchObject({
      id: { source: '7' },
      tools: { source: 'query' },
      mask: { source: '[{ detect: [email], as: redact, soon: true }]' },
      when: { reason: 'it has a tag' },
    });
    expect(first?.unknown).toEqual([{ key: 'efect', source: 'hold' }]);
    expect(second?.locked?.source).toBe('1');
  });

  it.each(['rules: [', '- a', 'rules: 5', 'a: 1\na: 2'])('has no form for %s', (text) => {
    expect(readPolicyText(text).readable).toBe(false);
  });
});

describe('chains and the default', () => {
  it('changes one step', () => {
    const after = textOf(
      editChain(POLICY, 'dba', [
        { groups: ['dba', 'ops'], people: [], quorum: 2, deadline: '30m' },
      ]),
    );
    expect(difference(POLICY, after)).toEqual([
      '-      - { reviewers: { groups: [dba] }, deadline: 30m } # fast',
      '+      - { reviewers: { groups: [dba, ops] }, quorum: 2, deadline: 30m } # fast',
    ]);
  });

  it('sets what happens at a deadline, and leaves the rest alone', () => {
    const steps = [
      {
        groups: ['dba'],
        people: [],
        deadline: '30m',
        onDeadline: {
          kind: 'escalate' as const,
          rounds: [
            { to: { groups: ['security'], people: [] }, for: '30 minutes' },
            { to: { groups: [], people: [], onCall: 'leads' }, for: '2 hours' },
          ],
        },
      },
    ];
    const after = textOf(editChain(POLICY, 'dba', steps));
    expect(difference(POLICY, after)).toEqual([
      '-      - { reviewers: { groups: [dba] }, deadline: 30m } # fast',
      "+      - { reviewers: { groups: [dba] }, deadline: 30m, onDeadline: { escalate: [{ to: { groups: [security] }, for: '30 minutes' }, { to: { onCall: leads }, for: '2 hours' }] } } # fast",
    ]);
    const reading = readPolicyText(after);
    expect(reading.readable && reading.chains[0]?.steps).toEqual(steps);
    const remind = { kind: 'remind' as const, every: '15 minutes', atMost: 2 };
    const other = textOf(
      editChain(after, 'dba', [{ ...steps[0], groups: ['dba'], people: [], onDeadline: remind }]),
    );
    expect(other).toContain("onDeadline: { remind: { every: '15 minutes', atMost: 2 } } } # fast");
    expect(
      textOf(editChain(other, 'dba', [{ groups: ['dba'], people: [], deadline: '30m' }])),
    ).toBe(POLICY);
  });

  it('keeps comments between the rounds of an escalation', () => {
    const text = `rules: []
chains:
  dba:
    steps:
      - reviewers: { groups: [dba] }
        onDeadline:
          escalate:
            # those who know
            - to: { groups: [security] } # by day
              for: 30m
            - to: { onCall: leads }
              for: 2h # asleep
`;
    const reading = readPolicyText(text);
    const [step] = (reading.readable && reading.chains[0]?.steps) || [];
    if (step?.onDeadline?.kind !== 'escalate') throw new Error('It is not read.');
    const [first, second] = step.onDeadline.rounds;
    if (first === undefined || second === undefined) throw new Error('Rounds are missing.');
    const rounds = [{ ...first, for: '45 minutes' }, second];
    const after = textOf(
      editChain(text, 'dba', [{ ...step, onDeadline: { kind: 'escalate', rounds } }]),
    );
    expect(difference(text, after)).toEqual([
      '-              for: 30m',
      "+              for: '45 minutes'",
    ]);
  });

  it('leaves a step alone that says what a form has no place for', () => {
    const text = POLICY.replace('deadline: 30m', 'deadline: 30m, onDeadline: { later: 1 }');
    const reading = readPolicyText(text);
    expect(reading.readable && reading.chains[0]?.locked).toBeDefined();
  });

  it('adds, renames and removes', () => {
    const added = textOf(editChain(POLICY, 'sec', [{ groups: ['security'], people: [] }]));
    expect(added).toBe(
      `${POLICY}  sec:\n    steps:\n      - { reviewers: { groups: [security] } }\n`,
    );
    expect(textOf(removeChain(added, 'sec'))).toBe(POLICY);
    const renamed = textOf(renameChain(POLICY, 'dba', 'data'));
    expect(renamed).toContain('approval: data');
    expect(renamed).toContain('\n  data:\n    steps');
  });

  it('sets and takes away the default', () => {
    const text = textOf(setDefaultEffect(POLICY, 'deny'));
    expect(text).toContain('\ndefault: deny\n');
    expect(textOf(setDefaultEffect(text, undefined))).toBe(POLICY);
  });
});
