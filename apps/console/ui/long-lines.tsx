'use client';

import { useState, useTransition } from 'react';
import { plural } from '../lib/format.ts';
import { Button } from './button.tsx';

/** More than anyone reads at once; the rest is one click away, and the click says how much. */
const AT_ONCE = 400;
/** What is out of sight is laid out chunk by chunk, when it comes into sight. */
const CHUNK = 200;

/** Lines of a long text, or items of a long list. Nothing is left out without saying so, with the way to all of it. */
export function LongLines({
  count,
  of: what = 'line',
  children,
}: {
  count: number;
  of?: string;
  /** The lines from the first index to before the second. */
  children: (from: number, to: number) => React.ReactNode;
}) {
  const [all, setAll] = useState(false);
  const [showing, startShowing] = useTransition();
  // A handful more is no reason for a click.
  const shown = all || count <= AT_ONCE * 1.1 ? count : AT_ONCE;
  const chunks = Math.ceil(shown / CHUNK);
  return (
    <>
      {Array.from({ length: chunks }, (_, chunk) => (
        <div key={chunk} className={chunks > 3 ? 'chunk-lazy' : undefined}>
          {children(chunk * CHUNK, Math.min(shown, (chunk + 1) * CHUNK))}
        </div>
      ))}
      {shown < count && (
        <div className="sticky left-0 mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-dashed border-strong-line pt-2 font-sans whitespace-normal">
          <span className="text-sm font-semibold text-hold">
            {plural(count - shown, `more ${what}`)} below.
          </span>
          <Button size="small" disabled={showing} onClick={() => startShowing(() => setAll(true))}>
            {showing ? 'Showing…' : `Show the other ${plural(count - shown, what)}`}
          </Button>
        </div>
      )}
    </>
  );
}
