'use client';

import { useMemo } from 'react';
import { sqlTokens } from '../lib/sql-tokens.ts';
import { TextLines, type TextPiece } from './text-lines.tsx';

/** SQL from an agent, complete, coloured for reading. */
export function SqlText({ text }: { text: string }) {
  const pieces = useMemo(
    () =>
      sqlTokens(text).map((token): TextPiece => ({
        text: token.text,
        className: token.kind === 'other' ? undefined : `sql-${token.kind}`,
      })),
    [text],
  );
  return <TextLines pieces={pieces} numbered={text.includes('\n')} />;
}
