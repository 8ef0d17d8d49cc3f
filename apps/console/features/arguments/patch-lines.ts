/** One line of a unified difference, with what it means. */
export interface PatchLine {
  readonly kind: 'head' | 'hunk' | 'added' | 'removed' | 'same';
  readonly text: string;
}

const HUNK = /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/;
const HEAD =
  /^(?:diff |index |--- |\+\+\+ |new file|deleted file|old mode|new mode|similarity |rename |copy |Binary |GIT |\*\*\* )/;

export function looksLikePatch(text: string): boolean {
  return (
    /^(?:diff --git |\*\*\* Begin Patch)/.test(text) ||
    (/^--- .*\n\+\+\+ .*\n@@ /m.test(text) && /^[+-]/m.test(text)) ||
    (HUNK.test(text) && /\n[+-]/.test(text))
  );
}

/**
 * Inside a hunk its header's counts say which lines are its own, so that a removed line that begins
 * with `-- ` is no file name.
 */
export function patchLines(text: string): PatchLine[] {
  let before = 0;
  let after = 0;
  return text.split('\n').map((line): PatchLine => {
    if (before > 0 || after > 0) {
      const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
      if (!line.startsWith('\\')) {
        if (kind !== 'added') before -= 1;
        if (kind !== 'removed') after -= 1;
      }
      return { kind, text: line };
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk !== null) {
      before = Number(hunk[1] ?? 1);
      after = Number(hunk[2] ?? 1);
      return { kind: 'hunk', text: line };
    }
    if (line.startsWith('@@')) return { kind: 'hunk', text: line };
    if (HEAD.test(line)) return { kind: 'head', text: line };
    // Patches without counted hunks have nothing but the sign.
    const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
    return { kind, text: line };
  });
}
