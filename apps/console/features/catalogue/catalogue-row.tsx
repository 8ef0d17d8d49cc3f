import type { CatalogueItem } from '@holdpoint/contracts';
import { memo } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { GovernanceBadges } from './governance-view.tsx';
import { itemParam, KINDS, STATES } from './item-words.ts';

/** One of perhaps thousands: nothing in it moves by itself. */
export const CatalogueRow = memo(function CatalogueRow({
  item,
  onOpen,
}: {
  item: CatalogueItem;
  onOpen: (param: string) => void;
}) {
  const state = STATES[item.state];
  const param = itemParam(item);
  return (
    <li className="row-lazy relative grid gap-x-6 gap-y-1 border-b border-line px-4 py-2.5 last:border-b-0 hover:bg-raised sm:grid-cols-[minmax(0,1fr)_auto] sm:items-center">
      <span className="min-w-0">
        <a
          href={`?item=${encodeURIComponent(param)}`}
          // The whole row is what is clicked; its name is what is read out.
          className="flex flex-wrap items-center gap-2 after:absolute after:inset-0"
          onClick={(event) => {
            // Another tab or window is the browser's own business.
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            onOpen(param);
          }}
        >
          <code className="min-w-0 font-mono text-sm font-semibold break-all">
            <VisibleText text={item.name} />
          </code>{' '}
          {item.kind !== 'tool' && <Badge>{KINDS[item.kind].one}</Badge>}{' '}
          <Badge tone={state.tone}>{state.text}</Badge>
        </a>
        {item.description !== null && (
          <span className="line-clamp-1 text-sm text-muted">
            <VisibleText text={item.description} />
          </span>
        )}
      </span>
      <span className="flex flex-wrap items-center gap-2 sm:justify-end">
        <GovernanceBadges governance={item.governance} />
      </span>
    </li>
  );
});
