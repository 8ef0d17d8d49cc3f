'use client';

import { useMemo } from 'react';
import { textRows } from '../lib/text-rows.ts';
import { LongLines } from './long-lines.tsx';
import { Segments } from './visible-text.tsx';

/** A piece of a text with the looks it is shown in. */
export interface TextPiece {
  readonly text: string;
  readonly className?: string | undefined;
  /** What is to be known of it: shown where the pointer is, and said in words elsewhere. */
  readonly title?: string | undefined;
  /** Shown in its place where it is a line break. */
  readonly breakMark?: boolean | undefined;
}

/** An agent's text, line by line and complete, with numbers where its lines are many or matter. */
export function TextLines({
  pieces,
  numbered = false,
}: {
  pieces: readonly TextPiece[];
  numbered?: boolean;
}) {
  const rows = useMemo(() => textRows(pieces), [pieces]);
  const isLong = rows.some(({ line }) => line === null);
  const gutter = rows.length < 100 ? 'w-7' : rows.length < 10_000 ? 'w-10' : 'w-14';
  return (
    <div className="as-written font-mono text-sm leading-relaxed">
      <LongLines count={rows.length} of={isLong ? 'row' : 'line'}>
        {(from, to) =>
          rows.slice(from, to).map((row, index) => (
            <div key={from + index} className="flex">
              {(numbered || isLong) && (
                <span
                  aria-hidden="true"
                  className={`shrink-0 pr-3 text-right text-muted select-none ${gutter}`}
                >
                  {row.line ?? '↪'}
                </span>
              )}
              <span className="min-h-[1lh] min-w-0 flex-1 whitespace-pre-wrap">
                {row.pieces.map((piece, at) => (
                  <Piece key={at} piece={piece} />
                ))}
              </span>
            </div>
          ))
        }
      </LongLines>
    </div>
  );
}

function Piece({ piece: { text, className, title, breakMark } }: { piece: TextPiece }) {
  if (breakMark === true) {
    return (
      <span className="char-mark select-none" title={title}>
        U+000A
      </span>
    );
  }
  return (
    <span className={className} title={title}>
      <Segments text={text} shape="block" />
    </span>
  );
}
