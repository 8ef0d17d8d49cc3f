import type { YamlMark } from '../../../ui/yaml-editor.tsx';

/** Errors and warnings of the whole text, each leading to its place. */
export function ProblemList({
  marks,
  onJump,
}: {
  marks: readonly YamlMark[];
  onJump: (mark: YamlMark) => void;
}) {
  const isBroken = marks.some(({ severity }) => severity === 'error');
  return (
    <ul
      aria-label={isBroken ? 'Problems' : 'Warnings'}
      className={`max-h-64 overflow-auto rounded-md border ${isBroken ? 'border-stop' : 'border-hold'}`}
    >
      {marks.map((mark, index) => (
        <li key={index}>
          <button
            type="button"
            className="flex w-full gap-3 px-3 py-2 text-left -outline-offset-2 hover:bg-raised"
            onClick={() => onJump(mark)}
          >
            <span
              className={`font-mono text-sm whitespace-nowrap ${mark.severity === 'error' ? 'text-stop' : 'text-hold'}`}
            >
              {mark.severity === 'warning' && 'warning, '}line {mark.line}
            </span>
            <span className="min-w-0 break-words">{mark.message}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
