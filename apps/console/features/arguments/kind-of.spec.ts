import { describe, expect, it } from '@jest/globals';
import { parseJson } from '@holdpoint/mcp';
import fc from 'fast-check';
import { kindOf, type ArgumentKind } from './kind-of.ts';

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SVG = 'PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIj48L3N2Zz4=';

interface Case {
  readonly what: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The kinds of the arguments, in their order. */
  readonly kinds: readonly ArgumentKind['is'][];
}

const CASES: readonly Case[] = [
  { what: 'text', args: { reason: 'Arrived late' }, kinds: ['text'] },
  { what: 'an empty text', args: { reason: '' }, kinds: ['empty'] },
  { what: 'a number', args: { n: 1 }, kinds: ['json'] },
  { what: 'SQL by its start', args: { text: 'DELETE FROM orders' }, kinds: ['sql'] },
  { what: 'SQL by its name', args: { query: 'vacuum full' }, kinds: ['sql'] },
  { what: 'a question that is no SQL', args: { query: 'weather' }, kinds: ['text'] },
  { what: 'a shell command', args: { command: 'ls -la | sh' }, kinds: ['shell'] },
  {
    what: 'a program with words beside it',
    args: { command: 'rm', args: ['-rf', '/'] },
    kinds: ['argv', 'part'],
  },
  { what: 'a list of words', args: { argv: ['git', 'push'] }, kinds: ['argv'] },
  { what: 'a list of names', args: { names: ['a', 'b'] }, kinds: ['json'] },
  {
    what: 'an editor’s verb',
    args: { command: 'create', path: '/x', file_text: 'a\nb' },
    kinds: ['text', 'text', 'file'],
  },
  // A difference would say that there is none, and not what they are.
  {
    what: 'the ends of a range that are alike',
    args: { before: '2026-01-01', after: '2026-01-01' },
    kinds: ['text', 'text'],
  },
  { what: 'two empty ends', args: { before: '', after: '' }, kinds: ['empty', 'empty'] },
  {
    what: 'ends that are alike in a list',
    args: { ranges: [{ before: 'a', after: 'a' }] },
    kinds: ['json'],
  },
  {
    what: 'a replacement',
    args: { path: '/x', old_string: 'a', new_string: 'b' },
    kinds: ['text', 'edits', 'part'],
  },
  {
    what: 'a replacement by nothing',
    args: { old_str: 'a', new_str: '' },
    kinds: ['edits', 'part'],
  },
  { what: 'half of a replacement', args: { old_str: 'a' }, kinds: ['text'] },
  { what: 'several edits', args: { edits: [{ oldText: 'a', newText: 'b' }] }, kinds: ['edits'] },
  {
    what: 'edits that say more',
    args: { edits: [{ oldText: 'a', newText: 'b', force: true }] },
    kinds: ['nested'],
  },
  { what: 'a patch', args: { patch: '@@ -1 +1 @@\n-a\n+b' }, kinds: ['patch'] },
  { what: 'a file', args: { path: '/etc/motd', content: 'Hello' }, kinds: ['text', 'file'] },
  { what: 'content without a file', args: { content: 'Hello' }, kinds: ['text'] },
  { what: 'a picture by its bytes', args: { data: PNG }, kinds: ['image'] },
  {
    what: 'a picture in an address',
    args: { image: `data:image/png;base64,${PNG}` },
    kinds: ['image'],
  },
  {
    what: 'a picture by what stands beside',
    args: { data: SVG, mimeType: 'image/svg+xml' },
    kinds: ['image', 'text'],
  },
  { what: 'an address', args: { target: 'https://example.com/a' }, kinds: ['url'] },
  { what: 'an address inside prose', args: { note: 'see https://example.com' }, kinds: ['text'] },
  { what: 'a shell script', args: { language: 'bash', code: 'ls' }, kinds: ['text', 'shell'] },
  { what: 'a program', args: { language: 'python', code: 'import os' }, kinds: ['text', 'file'] },
  { what: 'a plain object', args: { filter: { id: 1 } }, kinds: ['json'] },
  { what: 'SQL inside an object', args: { params: { sql: 'DROP TABLE x' } }, kinds: ['nested'] },
  {
    what: 'pictures in a list',
    args: { parts: [{ data: PNG, mimeType: 'image/png' }] },
    kinds: ['nested'],
  },
];

describe('kindOf', () => {
  it.each(CASES)('$what', ({ args, kinds }) => {
    const root = parseJson(JSON.stringify(args), { mode: 'lenient' });
    const members = root.kind === 'object' ? root.members : [];
    expect(members.map((one) => kindOf(one.key, one.value, members).is)).toEqual(kinds);
  });

  it('takes no side where a key stands twice', () => {
    const text = '{"old_str":"a","new_str":"b","new_str":"c"}';
    const root = parseJson(text, { mode: 'lenient' });
    const members = root.kind === 'object' ? root.members : [];
    expect(members.map((one) => kindOf(one.key, one.value, members).is)).not.toContain('edits');
  });

  it('takes no text apart that is very deep inside', () => {
    const text = '{"a":'.repeat(100) + '"drop table x"' + '}'.repeat(100);
    expect(kindOf('a', parseJson(text, { mode: 'lenient' })).is).toBe('json');
  });

  it('goes by the definition where a text says nothing itself', () => {
    const schema = parseJson('{"type":"string","format":"uri"}', { mode: 'lenient' });
    const node = parseJson('"example.com/a"', { mode: 'lenient' });
    expect(kindOf('where', node, [], schema).is).toBe('url');
  });

  it.each([
    {
      what: 'a raster picture',
      text: PNG,
      declared: undefined,
      type: 'image/png',
      size: { width: 1, height: 1 },
    },
    {
      what: 'a lie about it',
      text: PNG,
      declared: 'image/svg+xml',
      type: 'image/png',
      size: { width: 1, height: 1 },
    },
    // Guarantee: what may carry a script is never drawn, whatever it is called.
    { what: 'SVG that is called PNG', text: SVG, declared: 'image/png', type: null, size: null },
    {
      what: 'SVG in an address',
      text: `data:image/svg+xml;base64,${SVG}`,
      declared: undefined,
      type: null,
      size: null,
    },
  ])('$what has the type of its bytes', ({ text, declared, type, size }) => {
    const args = { data: text, ...(declared && { mimeType: declared }) };
    const root = parseJson(JSON.stringify(args), { mode: 'lenient' });
    const members = root.kind === 'object' ? root.members : [];
    const [data] = members;
    const kind = data && kindOf('data', data.value, members);
    expect(kind).toMatchObject({ is: 'image', image: { type, size } });
  });
});

// Guarantee: what is said to be shown with another argument is shown there, whatever else is sent.
describe('what is shown with another argument', () => {
  const NAMES = [
    'command',
    'cmd',
    'args',
    'argv',
    'params',
    'path',
    'old_str',
    'new_str',
    'search',
  ];
  const values = fc.oneof(
    fc.constantFrom('', 'rm', 'rm -rf /', '-rf', PNG, '--- a\n+++ b\n@@ -1 +1 @@\n+x', 'select 1'),
    fc.array(fc.constantFrom('', '-rf', '/'), { maxLength: 2 }),
    fc.constant(1),
  );

  it('is there, all of it', () => {
    const member = fc.tuple(fc.constantFrom(...NAMES), values);
    fc.assert(
      fc.property(fc.uniqueArray(member, { selector: ([name]) => name }), (args) => {
        const root = parseJson(JSON.stringify(Object.fromEntries(args)), { mode: 'strict' });
        const members = root.kind === 'object' ? root.members : [];
        const kinds = new Map(members.map((one) => [one.key, kindOf(one.key, one.value, members)]));
        for (const [name, kind] of kinds) {
          if (kind.is !== 'part') continue;
          const [, value] = args.find(([key]) => key === name) ?? [];
          const shown = kinds.get(kind.of);
          if (shown?.is === 'argv') expect(shown.words.slice(1)).toEqual(value);
          else expect(shown).toMatchObject({ is: 'edits', edits: [{ after: value }] });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

// Guarantee: what runs is shown as what runs, though it begins as a picture does.
describe('what is no picture', () => {
  it.each([
    ['command', '/9j/\nrm -rf /home/avery/all/of/the/documents/of/years', 'shell'],
    ['script', '/9j/a\nrm -rf /home/avery/all/of/the/documents/of/years', 'shell'],
    ['note', 'R0lGOD please remove all of the documents in home avery', 'text'],
    ['note', '/9j/\nrm -rf /home/avery/all/of/the/documents/of/years', 'text'],
  ])('%s: %j', (name, text, is) => {
    const node = parseJson(JSON.stringify(text), { mode: 'strict' });
    expect(kindOf(name, node).is).toBe(is);
  });

  it('is none either for what is said beside it', () => {
    const text = JSON.stringify({ command: 'rmAllOfTheDocumentsNow', mimeType: 'image/png' });
    const root = parseJson(text, { mode: 'strict' });
    const members = root.kind === 'object' ? root.members : [];
    expect(members.map((one) => kindOf(one.key, one.value, members).is)).toEqual(['shell', 'text']);
  });

  it('but base64 in lines is', () => {
    const lines = PNG.replaceAll(/.{64}/g, '$&\r\n');
    const node = parseJson(JSON.stringify(`${lines}\n`), { mode: 'strict' });
    expect(kindOf('data', node)).toMatchObject({ is: 'image', image: { base64: PNG } });
  });
});

/** Gone through once they take well under a second; once for each, minutes. */
const A_HANG_MS = 10_000;

// Guarantee: no arguments keep the page from being shown.
describe('kindOf of many', () => {
  it.each(['"x"', '""'])('goes through the members of an object once, each %s', (value) => {
    const many = Array.from({ length: 100_000 }, (_, index) => `"k${index}":${value}`);
    const root = parseJson(`{"a":{${many.join(',')}}}`, { mode: 'lenient' });
    const members = root.kind === 'object' ? root.members : [];
    const [first] = members;
    const startedAt = performance.now();
    expect(first && kindOf('a', first.value, members)).toEqual({ is: 'json' });
    expect(performance.now() - startedAt).toBeLessThan(A_HANG_MS);
  });
});
