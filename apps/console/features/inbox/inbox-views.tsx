'use client';

import { savedViewListSchema, type SavedView } from '@holdpoint/contracts';
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { Button } from '../../ui/button.tsx';
import { SavedViewsDialog } from './saved-views-dialog.tsx';
import { tabOf, type Opened } from './use-opened.ts';

/** Those that everyone has. */
const BUILT_IN: readonly { readonly name: string; readonly query: string }[] = [
  { name: 'Mine to decide', query: 'mine=yes' },
  { name: 'All pending', query: 'state=pending' },
  { name: 'Unknown outcomes', query: 'outcome=unknown&state=settled' },
  { name: 'Snoozed', query: 'snoozed=only' },
];

const VIEWS_PATH = '/api/inbox-views';

/** Views as links, and the way to keep the one that is shown. */
export function InboxViews({ opened }: { opened: Opened }) {
  const { data, replace } = useApi(VIEWS_PATH, savedViewListSchema);
  const [managing, setManaging] = useState(false);
  const views = data?.items ?? [];
  useDefaultView(views, opened);
  const shown = canonical(opened.view);
  return (
    <nav
      aria-label="Views"
      className="flex flex-wrap items-center gap-1.5 border-b border-line px-4 py-2"
    >
      {[...BUILT_IN, ...views].map(({ name, query }) => {
        const isShown = canonical(new URLSearchParams(query)) === shown;
        return (
          <Link
            key={`${name} ${query}`}
            href={`/inbox${query === '' ? '' : `?${query}`}`}
            aria-current={isShown ? 'true' : undefined}
            className={`inline-flex max-w-full items-center rounded-full border px-2.5 py-0.5 text-sm max-md:min-h-11 max-md:px-3.5 ${isShown ? 'border-accent bg-accent-soft font-medium text-accent' : 'border-line text-muted hover:bg-raised hover:text-ink'}`}
          >
            <span className="truncate">{name}</span>
          </Link>
        );
      })}
      <Button size="small" look="quiet" onClick={() => setManaging(true)}>
        Save, rename…
      </Button>
      {managing && (
        <SavedViewsDialog
          views={views}
          query={opened.view.toString()}
          onChanged={replace}
          onClose={() => setManaging(false)}
        />
      )}
    </nav>
  );
}

/** The same list, however its address is written. */
function canonical(view: URLSearchParams): string {
  const query = new URLSearchParams(view);
  if (tabOf(query) === 'pending') query.delete('state');
  query.sort();
  return query.toString();
}

/** A bare address opens the person's default view; once, so that every other view stays in reach. */
function useDefaultView(views: readonly SavedView[], { id, view, show }: Opened): void {
  const isBare = id === null && view.size === 0;
  const beganBare = useRef(isBare);
  const standard = views.find(({ isDefault }) => isDefault);
  useEffect(() => {
    if (!isBare) beganBare.current = false;
    if (!beganBare.current || standard === undefined) return;
    beganBare.current = false;
    if (standard.query !== '') show(standard.query);
  }, [isBare, standard, show]);
}
