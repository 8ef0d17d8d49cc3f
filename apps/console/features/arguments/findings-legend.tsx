import { plural } from '../../lib/format.ts';
import { Notice } from '../../ui/badge.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import type { Findings } from './character-findings.ts';

const MOST_GAPS = 4;

/** What in the payload could be missed or mistaken: the legend of the marks, with their places. */
export function FindingsLegend({ findings: { characters, others, gaps } }: { findings: Findings }) {
  if (characters.length === 0 && gaps.length === 0) return null;
  return (
    <Notice
      tone="hold"
      title="Look closely: not everything in here is what it seems"
      data-testid="findings"
    >
      <ul className="mt-1 flex flex-col gap-1 text-sm">
        {characters.map(({ code, name, shown, count, places }) => (
          <li key={code} className="min-w-0 break-words">
            {shown !== null && <span className="mr-1 font-mono">{shown}</span>}
            <span className="char-mark">{code}</span> {name}
            {count > 1 && (
              <span className="text-muted"> × {count.toLocaleString('en')}</span>
            )} in <VisibleText text={places.join('; ')} />
            {count > places.length && ' …'}
          </li>
        ))}
        {others > 0 && <li>… and {plural(others, 'more such character')}</li>}
        {gaps.slice(0, MOST_GAPS).map((gap, index) => (
          <li key={index} className="min-w-0 break-words">
            <VisibleText text={gap} />: what follows may be out of sight
          </li>
        ))}
        {gaps.length > MOST_GAPS && (
          <li>… and {plural(gaps.length - MOST_GAPS, 'more such gap')}</li>
        )}
      </ul>
    </Notice>
  );
}
