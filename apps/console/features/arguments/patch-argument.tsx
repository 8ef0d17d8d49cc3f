'use client';

import { useMemo } from 'react';
import { plural } from '../../lib/format.ts';
import { LongLines } from '../../ui/long-lines.tsx';
import { RawText } from '../../ui/json-view.tsx';
import { Segments } from '../../ui/visible-text.tsx';
import { patchLines, type PatchLine } from './patch-lines.ts';

const LOOKS: Readonly<Record<PatchLine['kind'], string>> = {
  head: 'font-semibold',
  hunk: 'text-accent',
  added: 'bg-go-soft text-go',
  removed: 'bg-stop-soft text-stop',
  same: 'text-muted',
};

/** A unified difference, complete, coloured by what each line does. */
export function PatchArgument({ text }: { text: string }) {
  const lines = useMemo(() => patchLines(text), [text]);
  const count = (kind: PatchLine['kind']) => lines.filter((line) => line.kind === kind).length;
  return (
    <div className="min-w-0">
      <p className="mb-1 text-sm text-muted">
        {plural(count('added'), 'line')} added, {count('removed')} removed
      </p>
      <div className="as-written font-mono text-sm leading-relaxed">
        <LongLines count={lines.length}>
          {(from, to) =>
            lines.slice(from, to).map((line, index) => (
              <div
                key={from + index}
                className={`min-h-[1lh] px-1 whitespace-pre-wrap ${LOOKS[line.kind]}`}
              >
                {line.text.length > LONG_LINE ? (
                  <RawText text={line.text} />
                ) : (
                  <Segments text={line.text} shape="block" />
                )}
              </div>
            ))
          }
        </LongLines>
      </div>
    </div>
  );
}

const LONG_LINE = 4000;
