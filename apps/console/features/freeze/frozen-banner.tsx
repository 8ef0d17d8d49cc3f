'use client';

import Link from 'next/link';
import { Icon } from '../../ui/icons.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { FrozenSentence } from './frozen-sentence.tsx';
import { useFreezes, useMayFreeze } from './use-freezes.ts';

/** More than this are counted: the banner must leave room for the page. */
const SHOWN = 2;

/** On every page while something is frozen: what, by whom, since when, why, and where it is lifted. */
export function FrozenBanner() {
  const { data } = useFreezes();
  const { all } = useMayFreeze();
  const items = data?.items ?? [];
  const more = items.length - SHOWN;
  return (
    <div role="status">
      {items.length > 0 && (
        <div className="flex items-start gap-x-3 border-b border-line bg-stop-soft px-4 py-2 text-stop">
          <Icon name="snow" className="mt-0.5 size-5 shrink-0" />
          <div className="min-w-0 flex-1">
            {items.slice(0, SHOWN).map((freeze) => (
              <p key={`${freeze.scope} ${freeze.key}`} className="break-words">
                <strong>
                  <FrozenSentence freeze={freeze} />
                </strong>{' '}
                <span className="text-ink">
                  by <VisibleText text={freeze.by} />, <Ago at={freeze.at} />: “
                  <VisibleText text={freeze.reason} />”
                </span>
              </p>
            ))}
            {more > 0 && <p>And {more} more.</p>}
          </div>
          <Link href="/settings/freeze" className="shrink-0 font-medium underline">
            {all ? 'Lift…' : 'See all'}
          </Link>
        </div>
      )}
    </div>
  );
}
