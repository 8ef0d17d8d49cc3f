import { describe, expect, it } from '@jest/globals';
import { parseJson, toValue } from '@holdpoint/mcp';
import fc from 'fast-check';
import { type MaskForm, type MaskRule, maskFrame } from './index.ts';

const detectors = ['email', 'phone', 'credit-card', 'us-ssn', 'iban', 'secret'] as const;
const rules = (as: MaskForm): MaskRule[] => [
  { detect: detectors, as },
  { field: '**.salary', as },
];
const mask = (text: string, as: MaskForm = 'redact') =>
  maskFrame({ text, root: parseJson(text, { mode: 'lenient' }) }, rules(as));

const form = fc.constantFrom<MaskForm>('redact', 'drop', 'partial');
const planted = fc.constantFrom(
  'ada.lovelace@example.com',
  'жанна@пример.рф',
  '+442079460958',
  '415-555-0132',
  '4111111111111111',
  '5555 5555 5555 4444',
  '123-45-6789',
  'GB82WEST12345698765432',
  'ghp_' + '0123456789abcdefghijABCDEFGHIJ012345',
);
// No digits and nothing that is a part of an address, so that only what is planted can be found.
const innocent = fc.string({
  unit: fc.constantFrom('x', 'Y', ' ', 'é', '\n', '"', '\\', '{', '🙂', 'ß', ','),
});
const jsonOf = (leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(innocent, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
const harmless = jsonOf(
  fc.oneof(innocent, fc.integer({ min: -999, max: 999 }), fc.boolean(), fc.constant(null)),
);
const spaced = fc.constantFrom(undefined, 1, '\t');

/** Both twins: the value, its JSON, its JSON as a string literal, and some prose. */
const frameOf = (value: unknown, prose: string, space: string | number | undefined): string =>
  JSON.stringify(
    {
      jsonrpc: '2.0',
      id: 1,
      result: {
        content: [
          { type: 'text', text: JSON.stringify(value, null, space) },
          { type: 'text', text: JSON.stringify(JSON.stringify(value)) },
          { type: 'text', text: prose },
        ],
        structuredContent: { value },
      },
    },
    null,
    space,
  );

/** The kinds of values, without the values. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null) return Object.values(value).map(shape);
  return value === null ? 'null' : typeof value;
}

describe('masking', () => {
  it('leaves a frame without personal data byte for byte alone', () => {
    fc.assert(
      fc.property(harmless, innocent, spaced, form, (value, prose, space, as) => {
        const frame = frameOf(value, prose, space);
        expect(mask(frame, as)).toEqual({
          text: frame,
          hits: [],
          hitCount: 0,
          changed: false,
          overBudget: null,
        });
      }),
    );
  });

  it('lets no planted value survive in any twin, nor in a hit', () => {
    // Guarantee: what a rule names reaches neither the agent nor the record, in whatever wrapping.
    const leaf = fc.oneof(
      planted,
      innocent,
      fc.tuple(innocent, planted).map(([text, pii]) => `${text} ${pii} `),
      fc.constant(4111111111111111),
    );
    fc.assert(
      fc.property(
        jsonOf(leaf),
        innocent,
        planted,
        planted,
        spaced,
        form,
        (value, prose, pii, keyed, space, as) => {
          const frame = frameOf({ value, [keyed]: 1, deep: [pii] }, `${prose} ${pii} `, space);
          const masked = mask(frame, as);
          const out = masked.text + JSON.stringify(masked.hits);
          for (const secret of [pii, keyed, '4111111111111111']) expect(out).not.toContain(secret);
        },
      ),
    );
  });

  it('keeps valid JSON of the same shape', () => {
    fc.assert(
      fc.property(
        jsonOf(fc.oneof(planted, innocent, fc.constant(4111111111111111))),
        spaced,
        form,
        (value, space, as) => {
          const frame = frameOf(value, '', space);
          const masked = toValue(parseJson(mask(frame, as).text, { mode: 'strict' }));
          expect(shape(masked)).toEqual(shape(JSON.parse(frame)));
        },
      ),
    );
  });

  it('is idempotent', () => {
    const text = fc.string({
      unit: fc.constantFrom(
        '1',
        '4',
        '5',
        '-',
        ' ',
        '@',
        'a',
        '.',
        'b.co',
        '+',
        '4111111111111111',
        'password=',
        '"',
        '{',
        '[redacted:',
        'email]',
        '415-555-0132',
        '\u200b',
      ),
    });
    fc.assert(
      fc.property(
        jsonOf(fc.oneof(text, planted)),
        text,
        fc.oneof(text, fc.integer()),
        form,
        (value, prose, salary, as) => {
          const once = mask(
            frameOf({ value, salary }, `${prose} ${String(salary)}`, undefined),
            as,
          ).text;
          expect(mask(once, as)).toEqual({
            text: once,
            hits: [],
            hitCount: 0,
            changed: false,
            overBudget: null,
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('removes what a field rule names from every text of the answer', () => {
    const salary = fc.oneof(
      fc.integer({ min: 1000 }),
      fc.string({ minLength: 6, unit: 'grapheme-ascii' }).map((name) => `#${name}#`),
    );
    fc.assert(
      fc.property(salary, innocent, form, (amount, prose, as) => {
        const frame = frameOf({ rows: [{ salary: amount }] }, `${prose} ${amount} x`, undefined);
        const [, , text] = JSON.parse(mask(frame, as).text).result.content;
        if (as !== 'partial' || String(amount).length >= 8)
          expect(text.text).not.toContain(` ${amount} `);
      }),
    );
  });

  it('changes no byte outside of what it masks', () => {
    fc.assert(
      fc.property(harmless, harmless, spaced, (before, after, space) => {
        const part = (value: unknown): string => JSON.stringify(value, null, space);
        const frame = (mail: string): string =>
          `{"result": {"a":${part(before)} ,"m": "${mail}" , "z":${part(after)}}}`;
        expect(mask(frame('ada@example.com')).text).toBe(frame('[redacted:email]'));
      }),
    );
  });
});
