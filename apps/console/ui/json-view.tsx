'use client';

import { useMemo } from 'react';
import { jsonLines, readJson, type JsonLine } from '../lib/json-lines.ts';
import { LongLines } from './long-lines.tsx';
import { TextLines } from './text-lines.tsx';
import { Segments } from './visible-text.tsx';

/** A JSON text laid out in lines, its literals exactly as written. Text that is no JSON is shown as it came. */
export function JsonText({ text }: { text: string }) {
  const lines = useMemo(() => {
    const root = readJson(text);
    return root === null ? null : jsonLines(text, root);
  }, [text]);
  if (lines === null) return <RawText text={text} />;
  return (
    <div className="as-written overflow-x-auto font-mono text-sm leading-relaxed">
      <LongLines count={lines.length}>
        {(from, to) =>
          lines.slice(from, to).map((line, index) => <Line key={from + index} line={line} />)
        }
      </LongLines>
    </div>
  );
}

/** A value of the gateway's own, as JSON. */
export function JsonValue({ value }: { value: unknown }) {
  return <JsonText text={JSON.stringify(value) ?? 'null'} />;
}

/** A text as it came, character for character. */
export function RawText({ text }: { text: string }) {
  const pieces = useMemo(() => [{ text }], [text]);
  return <TextLines pieces={pieces} />;
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
          <Literal text={piece.text} />
        </span>
      ))}
    </div>
  );
}

/** A longer literal than this is cut into rows that a browser can lay out one by one. */
const LONG_LITERAL = 4000;

function Literal({ text }: { text: string }) {
  return text.length > LONG_LITERAL ? (
    <RawText text={text} />
  ) : (
    <Segments text={text} shape="block" />
  );
}
