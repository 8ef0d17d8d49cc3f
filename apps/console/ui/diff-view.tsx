'use client';

import { useMemo } from 'react';
import { plural } from '../lib/format.ts';
import { lineDiff, type DiffLine } from '../lib/line-diff.ts';
import { Segments } from './visible-text.tsx';

/** Unchanged lines shown around a change. */
const CONTEXT = 3;

const LOOKS: Readonly<Record<DiffLine['kind'], { sign: string; className: string; word: string }>> =
  {
    same: { sign: ' ', className: 'text-muted', word: '' },
    added: { sign: '+', className: 'bg-go-soft text-go', word: 'added: ' },
    removed: { sign: '−', className: 'bg-stop-soft text-stop', word: 'removed: ' },
  };

export function DiffView({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => lineDiff(before, after), [before, after]);
  const added = lines.filter((line) => line.kind === 'added').length;
  const removed = lines.filter((line) => line.kind === 'removed').length;
  if (added + removed === 0) return <p className="text-muted">No difference.</p>;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <p className="text-sm text-muted">
        {plural(added, 'line')} added, {removed} removed
      </p>
      <div
        role="region"
        aria-label="Difference"
        tabIndex={0}
        className="max-h-[60dvh] overflow-auto rounded-md border border-line font-mono text-sm leading-relaxed"
      >
        {lines.map((line, index) => (
          <Line
            key={index}
            line={line}
            gap={startsGap(lines, index)}
            hidden={isFar(lines, index)}
          />
        ))}
      </div>
    </div>
  );
}

function Line({ line, gap, hidden }: { line: DiffLine; gap: boolean; hidden: boolean }) {
  if (hidden) return gap ? <div className="bg-raised px-3 text-muted">⋯</div> : null;
  const look = LOOKS[line.kind];
  return (
    <div className={`grid w-max min-w-full grid-cols-[3rem_1.5rem_auto] ${look.className}`}>
      <span aria-hidden="true" className="pr-2 text-right select-none">
        {line.after ?? line.before}
      </span>
      <span aria-hidden="true" className="select-none">
        {look.sign}
      </span>
      <span className="pr-3 whitespace-pre">
        {look.word !== '' && <span className="sr-only">{look.word}</span>}
        <Segments text={line.text} shape="block" />
      </span>
    </div>
  );
}

function isFar(lines: readonly DiffLine[], index: number): boolean {
  return lines
    .slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
    .every((line) => line.kind === 'same');
}

function startsGap(lines: readonly DiffLine[], index: number): boolean {
  return index === 0 || !isFar(lines, index - 1);
}
