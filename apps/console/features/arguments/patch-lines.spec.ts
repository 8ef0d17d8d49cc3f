import { describe, expect, it } from '@jest/globals';
import { looksLikePatch, patchLines } from './patch-lines.ts';

const SIGNS = { head: 'h', hunk: '@', added: '+', removed: '-', same: ' ' } as const;
const PATCH = `--- a/x.sql
+++ b/x.sql
@@ -1,3 +1,3 @@
 one
--- a comment of SQL
+++ two
 three`;

describe('patchLines', () => {
  it('tells a removed line that begins with two dashes from a file name', () => {
    expect(
      patchLines(PATCH)
        .map(({ kind }) => SIGNS[kind])
        .join(''),
    ).toBe('hh@ -+ ');
  });

  it('loses nothing', () => {
    expect(
      patchLines(PATCH)
        .map(({ text }) => text)
        .join('\n'),
    ).toBe(PATCH);
  });

  it.each([
    { what: 'a unified difference', text: PATCH, is: true },
    { what: 'one of git', text: 'diff --git a/x b/x\n', is: true },
    { what: 'a hunk alone', text: '@@ -1 +1 @@\n-a\n+b', is: true },
    { what: 'a list in prose', text: '- one\n- two', is: false },
    { what: 'front matter', text: '---\ntitle: x\n---\n', is: false },
  ])('$what', ({ text, is }) => {
    expect(looksLikePatch(text)).toBe(is);
  });
});
