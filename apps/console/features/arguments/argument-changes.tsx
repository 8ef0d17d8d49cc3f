'use client';

import { useMemo } from 'react';
import { layOut } from '../../lib/json-lines.ts';
import { DiffView } from '../../ui/diff-view.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { compareArguments, type ComparedArgument } from './compare-arguments.ts';

interface Props {
  /** Exact JSON texts of the arguments. */
  before: string;
  after: string;
  /** What the older ones are, as in "Difference of an argument to last time". */
  to: string;
  /** Of an argument that only the older ones have. */
  removed: string;
  /** Before the names of those that are alike. */
  same: string;
}

/** What is different in the arguments, one by one: a text by its own lines, all else as JSON. */
export function ArgumentChanges({ before, after, to, removed, same: sameWords }: Props) {
  const all = useMemo(() => compareArguments(before, after), [before, after]);
  const same = all.filter(({ change }) => change === 'same');
  const others = all.filter(({ change }) => change !== 'same');
  // The same values, written otherwise.
  if (others.length === 0)
    return (
      <DiffView
        before={layOut(before)}
        after={layOut(after)}
        name={`Difference of the arguments ${to}`}
        wrap
      />
    );
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {others.map((argument, index) => (
        <Changed key={index} argument={argument} to={to} removed={removed} />
      ))}
      {same.length > 0 && (
        <p className="text-sm text-muted">
          {sameWords}{' '}
          <span className="font-mono">
            <VisibleText text={same.map(({ name }) => name).join(', ')} />
          </span>
        </p>
      )}
    </div>
  );
}

function Changed({
  argument: { name, change, before, after },
  to,
  removed,
}: {
  argument: ComparedArgument;
  to: string;
  removed: string;
}) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <p className="text-sm text-muted">
        {name === '' ? (
          'The arguments'
        ) : (
          <span className="font-mono">
            <VisibleText text={name} />
          </span>
        )}{' '}
        {change === 'added' ? 'was not there' : change === 'removed' ? removed : 'changed'}
      </p>
      {before !== after && (
        <DiffView
          before={before}
          after={after}
          name={`Difference of ${name === '' ? 'the arguments' : 'an argument'} ${to}`}
          wrap
        />
      )}
    </div>
  );
}
