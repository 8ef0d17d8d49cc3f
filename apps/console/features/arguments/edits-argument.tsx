import { plural } from '../../lib/format.ts';
import { DiffView } from '../../ui/diff-view.tsx';
import { LongLines } from '../../ui/long-lines.tsx';
import type { Edit } from './kind-of.ts';

/** What is replaced by what, as differences. */
export function EditsArgument({ edits }: { edits: readonly Edit[] }) {
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {edits.length > 1 && <p className="text-sm text-muted">{plural(edits.length, 'edit')}</p>}
      <LongLines count={edits.length} of="difference">
        {(from, to) => (
          <div className="flex min-w-0 flex-col gap-3">
            {edits.slice(from, to).map((edit, index) => (
              <DiffView
                key={from + index}
                before={edit.before}
                after={edit.after}
                name={
                  edits.length > 1
                    ? `Difference ${from + index + 1} of ${edits.length}`
                    : 'Difference'
                }
                wrap
              />
            ))}
          </div>
        )}
      </LongLines>
    </div>
  );
}
