import { formatBytes, plural } from '../../lib/format.ts';
import { TextLines } from '../../ui/text-lines.tsx';

/** The content of a file: every line with its number, and how much of it there is. */
export function FileArgument({ text }: { text: string }) {
  const lines = text.split('\n').length;
  return (
    <div className="min-w-0">
      <p className="mb-1 text-sm text-muted">
        {plural(lines, 'line')}, {formatBytes(new TextEncoder().encode(text).length)}
        {!text.endsWith('\n') && ', no line break at its end'}
      </p>
      <TextLines pieces={[{ text }]} numbered />
    </div>
  );
}
