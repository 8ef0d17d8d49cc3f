import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { parseServerFrame, type Frame } from '@holdpoint/mcp';
import { parseEnvironment } from '../env.ts';
import { Masker, unionOf } from './masker.ts';

const MAX_BYTES = 64 * 1024;
const masker = new Masker(
  parseEnvironment({
    HOLDPOINT_PUBLIC_URL: 'https://holdpoint.example',
    DATABASE_URL: 'postgres://localhost/x',
    HOLDPOINT_MASTER_KEY: Buffer.alloc(32).toString('base64'),
    HOLDPOINT_OIDC_ISSUER: 'https://id.example',
    HOLDPOINT_OIDC_CLIENT_ID: 'x',
    HOLDPOINT_OIDC_CLIENT_SECRET: 'x',
    HOLDPOINT_ROLES: '{"reviewer":["dba"],"admin":["platform"]}',
    HOLDPOINT_CONSOLE_URL: 'http://127.0.0.1:1',
    HOLDPOINT_MAX_FRAME_BYTES: String(MAX_BYTES),
  }),
);
const RULES = [{ detect: ['email' as const], as: 'redact' as const }];

function frameOf(result: unknown): Frame {
  const parsed = parseServerFrame(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
  if (parsed.kind !== 'frame') throw new Error('The frame of this test is unreadable.');
  return parsed.frame;
}
const textOf = (text: string): Frame => frameOf({ content: [{ type: 'text', text }] });

describe('the masker', () => {
  it('masks and counts', () => {
    const masked = masker.mask(textOf('a@b.co, c@d.co'), RULES);
    expect(masked).toMatchObject({ hitCount: 2, withheld: null });
    expect(masked.text).toContain('[redacted:email], [redacted:email]');
  });

  it('leaves handles of the protocol alone', () => {
    const frame = frameOf({ contents: [{ uri: 'mailto:a@b.co', text: 'x' }] });
    expect(masker.mask(frame, RULES)).toMatchObject({ text: frame.text, withheld: null });
  });

  // Guarantee: what is withheld for whatever reason hands on no text.
  it.each([
    ['too many values', textOf('a@b.co '.repeat(400_000)), undefined, 'budget'],
    [
      'a masked answer above the bound of frames',
      textOf('a@b.co '.repeat(6000)),
      undefined,
      'budget',
    ],
    [
      'a masked answer whose characters take more bytes',
      textOf(`${'é'.repeat(MAX_BYTES / 2 - 40)} a@b.co`),
      undefined,
      'budget',
    ],
    [
      'a masked answer that breaks its schema',
      frameOf({ content: [], structuredContent: { m: 'a@b.co' } }),
      { type: 'object', properties: { m: { type: 'string', maxLength: 8 } } },
      'schema',
    ],
  ])('withholds %s', (_what, frame, schema, withheld) => {
    expect(masker.mask(frame, RULES, schema)).toEqual({
      text: '',
      hits: [],
      hitCount: 0,
      withheld,
    });
  });
});

describe('the union of mask rules', () => {
  const [emails, phones] = [RULES, [{ detect: ['phone' as const], as: 'redact' as const }]];

  // Guarantee: however often a rule applies it is applied once, so nobody multiplies the work.
  it('has each rule once', () => {
    expect(unionOf(emails, phones, emails, [...phones], [])).toEqual([...phones, ...emails]);
  });

  it('is the very list where the others add nothing', () => {
    expect(unionOf([], emails, [], emails, [...emails])).toBe(emails);
    expect(unionOf(emails, structuredClone(emails))).toBe(emails);
  });
});
