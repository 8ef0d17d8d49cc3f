'use client';

import { useMemo, useState } from 'react';
import { jsonLines, readJson, type JsonLine } from '../lib/json-lines.ts';
import { plural } from '../lib/format.ts';
import { Button } from './button.tsx';
import { Segments } from './visible-text.tsx';

/** More lines than anyone reads at once; the rest is one click away, and the click says how much. */
const LINES_AT_ONCE = 400;

/** A JSON text laid out in lines, its literals exactly as written. Text that is no JSON is shown as it came. */
export function JsonText({ text }: { text: string }) {
  const lines = useMemo(() => {
    const root = readJson(text);
    return root === null ? null : jsonLines(text, root);
  }, [text]);
  const [all, setAll] = useState(false);
  if (lines === null) return <RawText text={text} />;
  const shown = all ? lines : lines.slice(0, LINES_AT_ONCE);
  return (
    <div className="as-written overflow-x-auto font-mono text-sm leading-relaxed">
      {shown.map((line, index) => (
        <Line key={index} line={line} />
      ))}
      {shown.length < lines.length && (
        <Button size="small" className="mt-2 font-sans" onClick={() => setAll(true)}>
          Show the other {plural(lines.length - shown.length, 'line')}
        </Button>
      )}
    </div>
  );
}

/** A value of the gateway's own, as JSON. */
export function JsonValue({ value }: { value: unknown }) {
  return <JsonText text={JSON.stringify(value) ?? 'null'} />;
}

export function RawText({ text }: { text: string }) {
  return (
    <pre className="as-written font-mono text-sm leading-relaxed whitespace-pre-wrap">
      <Segments text={text} shape="block" />
    </pre>
  );
}

// Static names, so that Tailwind finds them; deeper levels stay at the last one.
const INDENTS = [
  'pl-4',
  'pl-8',
  'pl-12',
  'pl-16',
  'pl-20',
  'pl-24',
  'pl-28',
  'pl-32',
  'pl-36',
  'pl-40',
];

function Line({ line }: { line: JsonLine }) {
  const indent = INDENTS[Math.min(line.depth, INDENTS.length - 1)] ?? '';
  return (
    <div className={`-indent-4 whitespace-pre-wrap ${indent}`}>
      {line.pieces.map((piece, index) => (
        <span key={index} className={piece.kind === 'mark' ? 'text-muted' : `json-${piece.kind}`}>
          <Segments text={piece.text} shape="block" />
        </span>
      ))}
    </div>
  );
}
