'use client';

import { useMemo, useState } from 'react';
import { plural } from '../lib/format.ts';
import { lineDiff, type DiffLine } from '../lib/line-diff.ts';
import { Button } from './button.tsx';
import { LongLines } from './long-lines.tsx';
import { TextLines } from './text-lines.tsx';
import { Segments } from './visible-text.tsx';

/** A longer line is laid out in rows. */
const LONG_LINE = 4000;

/** Unchanged lines shown around a change. */
const CONTEXT = 3;

const LOOKS: Readonly<Record<DiffLine['kind'], { sign: string; className: string; word: string }>> =
  {
    same: { sign: ' ', className: 'text-muted', word: '' },
    added: { sign: '+', className: 'bg-go-soft text-go', word: 'added: ' },
    removed: { sign: '−', className: 'bg-stop-soft text-stop', word: 'removed: ' },
  };

/** With `wrap`, nothing of a long line is out of sight at the side. */
export function DiffView({
  before,
  after,
  name = 'Difference',
  wrap = false,
}: {
  before: string;
  after: string;
  /** Where a page has several. */
  name?: string;
  wrap?: boolean;
}) {
  const lines = useMemo(() => lineDiff(before, after), [before, after]);
  const [whole, setWhole] = useState(false);
  const rows = useMemo(() => (whole ? lines : withGaps(lines)), [lines, whole]);
  const added = lines.filter((line) => line.kind === 'added').length;
  const removed = lines.filter((line) => line.kind === 'removed').length;
  if (added + removed === 0) return <p className="text-muted">No difference.</p>;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <p className="flex flex-wrap items-center gap-x-3 text-sm text-muted">
        {plural(added, 'line')} added, {removed} removed
        {rows.length < lines.length && (
          <Button look="quiet" size="small" onClick={() => setWhole(true)}>
            Show the unchanged lines too
          </Button>
        )}
      </p>
      <div
        role="region"
        aria-label={name}
        tabIndex={0}
        className="max-h-[60dvh] overflow-auto rounded-md border border-line font-mono text-sm leading-relaxed"
      >
        <LongLines count={rows.length}>
          {(from, to) =>
            rows
              .slice(from, to)
              .map((row, index) =>
                row.kind === 'gap' ? (
                  <Gap key={from + index} hidden={row.hidden} />
                ) : (
                  <Line key={from + index} line={row} wrap={wrap} />
                ),
              )
          }
        </LongLines>
      </div>
    </div>
  );
}

interface GapRow {
  readonly kind: 'gap';
  readonly hidden: number;
}

function Gap({ hidden }: { hidden: number }) {
  return (
    <div className="bg-raised px-3 font-sans text-muted">⋯ {plural(hidden, 'unchanged line')}</div>
  );
}

function Line({ line, wrap }: { line: DiffLine; wrap: boolean }) {
  const look = LOOKS[line.kind];
  return (
    <div
      className={`grid min-w-full ${wrap ? 'grid-cols-[2.5rem_1.5rem_minmax(0,1fr)]' : 'w-max grid-cols-[3rem_1.5rem_auto]'} ${look.className}`}
    >
      <span aria-hidden="true" className="pr-2 text-right select-none">
        {line.after ?? line.before}
      </span>
      <span aria-hidden="true" className="select-none">
        {look.sign}
      </span>
      <span className={`pr-3 ${wrap ? 'as-written whitespace-pre-wrap' : 'whitespace-pre'}`}>
        {look.word !== '' && <span className="sr-only">{look.word}</span>}
        {line.text.length > LONG_LINE ? (
          <TextLines pieces={[{ text: line.text }]} />
        ) : (
          <Segments text={line.text} shape="block" />
        )}
      </span>
    </div>
  );
}

/** Without the unchanged lines that are far from a change; how many, is said in their place. */
function withGaps(lines: readonly DiffLine[]): (DiffLine | GapRow)[] {
  const isNear = new Array<boolean>(lines.length).fill(false);
  lines.forEach((line, index) => {
    if (line.kind !== 'same') isNear.fill(true, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  });
  const rows: (DiffLine | GapRow)[] = [];
  let hidden = 0;
  lines.forEach((line, index) => {
    if (!isNear[index]) {
      hidden += 1;
      return;
    }
    if (hidden > 0) rows.push({ kind: 'gap', hidden });
    hidden = 0;
    rows.push(line);
  });
  if (hidden > 0) rows.push({ kind: 'gap', hidden });
  return rows;
}
