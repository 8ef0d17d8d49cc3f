'use client';

import type { PasskeyList } from '@holdpoint/contracts';
import Link from 'next/link';
import { useState, useSyncExternalStore } from 'react';
import { useNow } from '../../lib/clock.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { passkeysPath, usePasskeys } from './use-passkeys.ts';

const NEW_MS = 7 * 24 * 3_600_000;
const STORAGE_KEY = 'holdpoint-passkeys-seen';

interface News {
  readonly key: string;
  readonly whose: string | null;
  readonly name: string;
  readonly at: string;
}

/**
 * Says on every page that a passkey was added: whoever took over a session might have done it. Put
 * away in this browser only, so that nobody can put it away for the person.
 */
export function NewPasskeyNotice() {
  const { data } = usePasskeys();
  const now = useNow();
  const seen = useSyncExternalStore(subscribe, seenUntil, () => null);
  // So that it goes away where nothing can be stored.
  const [put, setPut] = useState('');
  if (data === undefined || now === null || seen === null) return null;
  const news = newsOf(data).filter(
    ({ at }) => now - Date.parse(at) < NEW_MS && at > seen && at > put,
  );
  const [newest] = news;
  if (newest === undefined) return null;
  return (
    <div
      role="status"
      data-testid="new-passkey"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-hold-soft px-4 py-2 text-hold"
    >
      <Icon name="warning" />
      <p className="min-w-0 flex-1 basis-56">
        {newest.whose === null ? (
          <>A passkey was added to your account: </>
        ) : (
          <>
            <VisibleText text={newest.whose} /> added a passkey:{' '}
          </>
        )}
        <strong>
          <VisibleText text={newest.name} />
        </strong>
        , <Ago at={newest.at} />
        {news.length > 1 && `, and ${news.length - 1} more`}.{' '}
        <Link href={passkeysPath()} className="underline">
          {newest.whose === null ? 'Not you? Remove it, and tell an admin' : 'See them'}
        </Link>
      </p>
      <Button
        size="small"
        onClick={() => {
          const latest =
            news
              .map(({ at }) => at)
              .sort()
              .at(-1) ?? '';
          keepSeen(latest);
          setPut(latest);
        }}
      >
        {newest.whose === null ? 'It was me' : 'Noted'}
      </Button>
    </div>
  );
}

function newsOf({ items, lately }: PasskeyList): readonly News[] {
  const own = items.map(({ id, name, createdAt }) => ({
    key: id,
    whose: null,
    name,
    at: createdAt,
  }));
  const others = lately.map(({ person, name, createdAt }) => ({
    key: `${person.key} ${createdAt}`,
    whose: person.name,
    name,
    at: createdAt,
  }));
  return [...own, ...others];
}

function subscribe(): () => void {
  return () => undefined;
}

/** Passkeys that were added up to then were put away. */
function seenUntil(): string {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? '';
  } catch {
    return '';
  }
}

function keepSeen(at: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, at);
  } catch {
    // Storage may be forbidden; it is then put away as long as the page.
  }
}
