import { visibleText } from '@holdpoint/contracts';

const LINE = 500;

/**
 * Hostile text for one line of a form: whatever is invisible, changes direction or breaks the line is
 * written out, so it can begin no header and no line of its own; and it is no link.
 */
export function line(text: string, most = LINE): string {
  const characters = [...text.toWellFormed()];
  const cut = characters.slice(0, most).join('');
  const missing = characters.length - most;
  const shown = written(cut, 'line');
  return unlinked(missing > 0 ? `${shown}… (${missing} more characters)` : shown);
}

/** Whether a line shows less than all of a text. */
export function isCut(text: string): boolean {
  return [...text].length > LINE;
}

/** Hostile text of many lines; bounded before. Exact but for what can't be seen. */
export function block(text: string): string {
  return written(text.toWellFormed(), 'block');
}

function written(text: string, shape: 'line' | 'block'): string {
  return visibleText(text, shape)
    .map((segment) =>
      segment.kind === 'text' ? segment.text : (segment.shown ?? `[${segment.code}]`),
    )
    .join('');
}

/** Programs that show messages make links of addresses by themselves. A name is none. */
function unlinked(text: string): string {
  return text
    .replaceAll('://', '[:]//')
    .replaceAll(/\bwww\./giu, 'www[.]')
    .replaceAll(/\b(mailto|tel|javascript|data):/giu, '$1[:]');
}
