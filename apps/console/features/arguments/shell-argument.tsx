'use client';

import { useMemo } from 'react';
import { plural } from '../../lib/format.ts';
import { shellDangers, shellTokens, type ShellToken } from '../../lib/shell-tokens.ts';
import { TextLines, type TextPiece } from '../../ui/text-lines.tsx';
import { ArgumentNotes, type Note } from './argument-note.tsx';
import { MOST_COLOURED } from './bounds.ts';

const LOOKS: Readonly<Record<ShellToken['kind'], string | undefined>> = {
  command: 'shell-command',
  word: undefined,
  string: 'sql-string',
  comment: 'sql-comment',
  variable: 'sql-name',
  operator: 'shell-operator',
  newline: undefined,
  space: undefined,
};

/** A command line or script: what it does beside what it seems to do is marked, and said above it. */
export function ShellArgument({ text }: { text: string }) {
  const tokens = useMemo(() => (text.length > MOST_COLOURED ? null : shellTokens(text)), [text]);
  const pieces = useMemo(() => tokens?.map(toPiece) ?? [{ text }], [tokens, text]);
  const lines = text.trim().split('\n').length;
  const notes: Note[] = [
    ...(tokens === null
      ? [{ tone: 'hold', text: 'Too long to be taken apart: read it as it is' } as const]
      : shellDangers(tokens).map((danger) => ({ tone: 'stop', text: danger }) as const)),
    ...(lines > 1 ? [{ tone: 'hold', text: plural(lines, 'line') } as const] : []),
  ];
  return (
    <div className="min-w-0">
      {notes.length > 0 && <ArgumentNotes label="What to look at in this command" notes={notes} />}
      <TextLines pieces={pieces} numbered={text.includes('\n')} />
    </div>
  );
}

function toPiece({ kind, text, danger }: ShellToken): TextPiece {
  return {
    text,
    className: danger === null ? LOOKS[kind] : 'shell-danger',
    title: danger ?? undefined,
    breakMark: kind === 'newline' && danger !== null,
  };
}
