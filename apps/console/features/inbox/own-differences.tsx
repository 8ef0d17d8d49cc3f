import { useMemo } from 'react';
import { plural } from '../../lib/format.ts';
import { Segments, VisibleText } from '../../ui/visible-text.tsx';
import { ownParts, type Difference } from './argument-differences.ts';

/** What stays readable of what is the same, and of what differs. All of it stands below, complete. */
const AROUND = 24;
const OWN = 400;

/** In what one call differs from the others that it is decided with. */
export function OwnDifferences({
  differences,
  call,
}: {
  differences: readonly Difference[];
  /** Its position among the values. */
  call: number;
}) {
  return (
    <dl className="grid grid-cols-[minmax(4rem,auto)_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm">
      {differences.map((difference) => (
        <div key={difference.path} className="contents">
          <dt className="font-mono break-words text-muted">
            <VisibleText text={difference.path === '' ? 'all of it' : difference.path} />
          </dt>
          <dd className="min-w-0 font-mono">
            <OwnValue difference={difference} call={call} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function OwnValue({ difference, call }: { difference: Difference; call: number }) {
  const part = useMemo(() => ownParts(difference.values)[call] ?? null, [difference, call]);
  if (part === null) return <span className="text-muted">not there</span>;
  const [before, own, after] = [part.before, part.own, part.after].map((text) => Array.from(text));
  if (before === undefined || own === undefined || after === undefined) return null;
  return (
    <span className="as-written whitespace-pre-wrap">
      {before.length > AROUND && <Left count={before.length - AROUND} what="the same" />}
      <Segments text={before.slice(-AROUND).join('')} shape="block" />
      <mark className="rounded-sm bg-hold-soft text-ink outline outline-hold">
        <Segments text={own.slice(0, OWN).join('')} shape="block" />
        {own.length === 0 && <span className="text-muted">(nothing)</span>}
      </mark>
      {own.length > OWN && <Left count={own.length - OWN} what="more that differ, below" />}
      <Segments text={after.slice(0, AROUND).join('')} shape="block" />
      {after.length > AROUND && <Left count={after.length - AROUND} what="the same" />}
    </span>
  );
}

function Left({ count, what }: { count: number; what: string }) {
  return (
    <span className="font-sans text-muted">
      {' '}
      [{plural(count, 'character')} {what}]{' '}
    </span>
  );
}
