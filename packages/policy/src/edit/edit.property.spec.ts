import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CST, Parser } from 'yaml';
import { editChain } from './chains.ts';
import type { EditResult } from './change.ts';
import { readPolicyText, type RuleView } from './read.ts';
import { addRule, duplicateRule, editRule, moveRule, removeRule } from './rules.ts';
import type { RuleChange, RuleField, RuleValues } from './rule-values.ts';
import { openSource } from './source.ts';

// Guarantee: what an author wrote, comments and spelling included, survives every edit of a form.

const word = fc.constantFrom(
  'query',
  'prod-*',
  '*',
  'a b',
  'null',
  '1',
  "it's",
  'x: y',
  'a #b',
  '- a',
  'é',
  '"q"',
  '{x}',
  '[',
  'a,b',
  '!x',
  '&a',
  '%',
  '@',
  'on',
  '1e3',
  'end:',
  '\u202e',
);
const line = fc
  .oneof(
    word,
    fc.string({ maxLength: 30, unit: 'grapheme' }),
    fc.constantFrom('sql(args.sql).mutates', '!args.x || args.y == "a"'),
  )
  .filter((text) => text !== '');
const text = fc.oneof(
  { weight: 3, arbitrary: line },
  fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n')),
  line.map((each) => `${each}\n`),
);
const words = fc.array(line, { minLength: 1, maxLength: 4 });
const mask = fc.oneof(fc.record({ detect: words, as: word }), fc.record({ field: line, as: word }));
const values: fc.Arbitrary<RuleValues> = fc.record(
  {
    id: word,
    description: text,
    connections: words,
    tools: words,
    groups: words,
    kinds: words,
    when: text,
    unless: text,
    effect: word,
    approval: word,
    stepUp: word,
    message: text,
    mask: fc.array(mask, { minLength: 1, maxLength: 3 }),
    mode: word,
  },
  { requiredKeys: ['id'] },
);

/** Ways in which people write the parts of a rule. */
const part = fc.constantFrom(
  'description: plain # said',
  "description: 'single ''quoted'' text'",
  'description: "double\\tquoted"',
  'when: |\n  first &&\n    second\n\n',
  'when: >-\n  folded\n  text # no comment\n',
  'when: |+\n  kept\n\n',
  'when:',
  'match: { tools: [query], connections: ["*"] } # flow',
  'match:\n  # above\n  tools: # behind\n    # inside\n    - query # one\n\n    - execute\n    # below\n  callers:\n    groups: [ops,\n      dba ]',
  'match: {}',
  'effect:   hold',
  'effect: # later\n  deny',
  'mask:\n- detect: [email] # mails\n  as: redact\n- { field: "**.x", as: drop }',
  'mode: observe # for now',
  'unknown: { a: [1, 2], # odd\n  b: c }',
  '"approval": dba',
  '# only a comment',
);
const rule = fc
  .tuple(
    fc.constantFrom('r', "'s'", '"t" # id'),
    fc.uniqueArray(part, { maxLength: 6, selector: (each) => /^"?\w*/.exec(each)?.[0] ?? '' }),
    fc.boolean(),
  )
  .map(([id, parts, last]) => {
    const all = last
      ? [...parts.filter((each) => !each.startsWith('#')), `id: ${id}`]
      : [`id: ${id}`, ...parts];
    return all.join('\n').split('\n');
  });
const policy = fc
  .record({
    rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
    indent: fc.constantFrom('', '  ', '    '),
    between: fc.constantFrom('', '\n', '\n# about the next\n', '# about the next\n', '# aside\n\n'),
    head: fc.constantFrom('', '# head\n\n', '---\n', 'default: hold # by us\n'),
    tail: fc.constantFrom(
      '',
      '\n',
      '# tail\n',
      'chains:\n  dba: # them\n    steps:\n    - reviewers: { groups: [dba] }\n',
      '...\n',
    ),
    eol: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\ufeff'),
    open: fc.boolean(),
  })
  .map(({ rules, indent, between, head, tail, eol, mark, open }) => {
    const items = rules.map((lines) =>
      lines
        .map((each, index) => (each === '' ? '' : indent + (index === 0 ? '- ' : '  ') + each))
        .join('\n'),
    );
    const body = `${head}rules: # all\n${items.join(`\n${between}`)}\n${tail}`;
    const whole = open ? body.replace(/\n$/, '') : body;
    return mark + whole.replaceAll('\n', eol);
  })
  .filter((each) => openSource(each).ok);

function rulesOf(source: string): readonly RuleView[] {
  const reading = readPolicyText(source);
  if (!reading.readable) throw new Error(`${reading.fault.message}\n${source}`);
  return reading.rules;
}

function commentsOf(source: string): readonly string[] {
  const comments: string[] = [];
  const visit = (token: unknown): void => {
    if (Array.isArray(token)) token.forEach(visit);
    else if (typeof token === 'object' && token !== null) {
      if ('type' in token && token.type === 'comment' && 'source' in token)
        comments.push(String(token.source));
      else Object.values(token).forEach(visit);
    }
  };
  for (const token of new Parser().parse(source)) visit(token satisfies CST.Token);
  return comments;
}

/** Whether all of `few` are in `many`, in their order. */
function isWithin(few: readonly string[], many: readonly string[]): boolean {
  let at = 0;
  for (const each of many) if (each === few[at]) at += 1;
  return at === few.length;
}

const shownOf = (view: RuleView | undefined): RuleValues => view?.values ?? {};

describe('edits of a policy', () => {
  it('write nothing where nothing changes', () => {
    fc.assert(
      fc.property(policy, (source) => {
        for (const { index, values: shown } of rulesOf(source)) {
          expect(editRule(source, index, shown)).toEqual({ ok: true, text: source });
        }
      }),
    );
  });

  it('change what they are asked to and nothing else', () => {
    let done = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        policy,
        fc.nat(),
        values,
        fc.constantFrom<RuleField>(
          'id',
          'description',
          'connections',
          'tools',
          'groups',
          'kinds',
          'when',
          'unless',
          'effect',
          'message',
          'mask',
          'mode',
          'approval',
          'stepUp',
        ),
        (source, at, next, field) => {
          const before = rulesOf(source);
          const index = at % before.length;
          const change: RuleChange = { [field]: next[field] ?? null };
          const result = editRule(source, index, change);
          if (!result.ok) {
            refused += 1;
            return;
          }
          done += 1;
          const after = rulesOf(result.text);
          before.forEach((each, other) => {
            if (other !== index) expect(shownOf(after[other])).toEqual(shownOf(each));
          });
          const { [field]: _, ...others } = shownOf(before[index]);
          expect(shownOf(after[index])).toEqual({
            ...others,
            ...(next[field] !== undefined && { [field]: next[field] }),
          });
          expect(after[index]?.unknown).toEqual(before[index]?.unknown);
          // Comments inside what was replaced may go; all others stay, in their order.
          const [from, to] = before[index]?.ranges[field] ?? [0, 0];
          const taken = field in next ? source.slice(0, from) + source.slice(to) : source;
          const lost = commentsOf(source).filter(
            (comment) => !commentsOf(result.text).includes(comment),
          );
          if (next[field] !== undefined || before[index]?.ranges[field] === undefined) {
            expect(
              lost.filter(
                (comment) => taken.includes(comment) && !source.slice(from, to).includes(comment),
              ),
            ).toEqual([]);
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(refused / (done + refused)).toBeLessThan(0.15);
  });

  it('keep every byte outside the changed field', () => {
    fc.assert(
      fc.property(policy, fc.nat(), line, (source, at, description) => {
        const before = rulesOf(source);
        const index = at % before.length;
        const range = before[index]?.ranges.description;
        const result = editRule(source, index, { description });
        if (range === undefined || !result.ok) return;
        expect(result.text.startsWith(source.slice(0, range[0]))).toBe(true);
        expect(result.text.endsWith(source.slice(range[1]))).toBe(true);
      }),
    );
  });

  it('write rules that read back as they were', () => {
    fc.assert(
      fc.property(policy, values, fc.nat(4), (source, next, position) => {
        const before = rulesOf(source);
        const result = addRule(source, next, position);
        if (!result.ok) throw new Error(`${result.message}\n${source}`);
        const after = rulesOf(result.text);
        const index = Math.min(position, before.length);
        expect(shownOf(after[index])).toEqual(next);
        expect(after.toSpliced(index, 1).map(shownOf)).toEqual(before.map(shownOf));
        expect(isWithin(commentsOf(source), commentsOf(result.text))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('move, copy and remove rules without a loss', () => {
    let refused = 0;
    const count = (result: EditResult) => {
      if (!result.ok) refused += 1;
      return result.ok ? result.text : undefined;
    };
    fc.assert(
      fc.property(policy, fc.nat(), fc.nat(), (source, a, b) => {
        const before = rulesOf(source);
        const [from, to] = [a % before.length, b % before.length];
        const moved = count(moveRule(source, from, to));
        if (moved !== undefined) {
          expect(commentsOf(moved).toSorted()).toEqual(commentsOf(source).toSorted());
        }
        const copied = count(duplicateRule(source, from));
        if (copied !== undefined) {
          expect(isWithin(commentsOf(source), commentsOf(copied))).toBe(true);
          const { id: _, ...values } = shownOf(rulesOf(copied)[from + 1]);
          const { id: __, ...original } = shownOf(before[from]);
          expect(values).toEqual(original);
        }
        const removed = count(removeRule(source, from));
        if (removed !== undefined) expect(rulesOf(removed)).toHaveLength(before.length - 1);
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeLessThan(150);
  });

  it('never throw, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          policy.chain((source) =>
            fc
              .tuple(fc.nat(source.length), fc.string({ maxLength: 3 }))
              .map(([at, insert]) => source.slice(0, at) + insert + source.slice(at)),
          ),
        ),
        fc.nat(3),
        (source, index) => {
          readPolicyText(source);
          editRule(source, index, { id: 'x', tools: ['a'] });
          addRule(source, { id: 'x' });
          removeRule(source, index);
          moveRule(source, index, 0);
          duplicateRule(source, index);
          editChain(source, 'a', [{ groups: ['b'], people: [] }]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
