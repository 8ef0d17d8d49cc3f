'use client';

import type { Me } from '@holdpoint/contracts';
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import { signOut, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { endHere } from '../push/this-browser.ts';
import { ThemeChoice } from './theme-choice.tsx';

export function PersonMenu({ me, compact = false }: { me: Me; compact?: boolean }) {
  const ref = useRef<HTMLDetailsElement>(null);
  const [failure, setFailure] = useState<ApiFailure>();
  useCloseOutside(ref);
  const leave = () => {
    // Whoever leaves this browser is not told in it any more; whoever comes next should not be, either.
    endHere()
      .then(signOut)
      .catch((error: unknown) => setFailure(toFailure(error)));
  };
  return (
    <details ref={ref} className="relative h-full">
      <summary
        aria-label={`${compact ? 'You' : me.person.name}: account, theme, sign out`}
        className={`flex list-none items-center rounded-md font-medium text-muted hover:bg-raised hover:text-ink ${compact ? 'h-full flex-col gap-0.5 px-3 py-2 text-[0.6875rem]' : 'gap-2 px-2 py-1.5'}`}
      >
        <Icon name="person" />
        <span className={compact ? '' : 'min-w-0 flex-1 truncate'}>
          {compact ? 'You' : me.person.name}
        </span>
      </summary>
      <div className="absolute right-0 bottom-full z-40 mb-2 flex w-64 flex-col gap-3 rounded-lg border border-line bg-surface p-3 shadow-xl md:right-auto md:left-0">
        <div className="min-w-0">
          <p className="truncate font-semibold">{me.person.name}</p>
          {me.person.email !== null && (
            <p className="truncate text-sm text-muted">{me.person.email}</p>
          )}
          <p className="text-sm text-muted">{me.roles.join(', ')}</p>
        </div>
        <ThemeChoice />
        <FailureNote failure={failure} />
        <Link
          href="/settings/freeze"
          className="flex items-center justify-center gap-1.5 rounded-md border border-stop px-3 py-1.5 font-medium text-stop max-md:min-h-11 hover:bg-stop-soft"
          onClick={() => ref.current?.removeAttribute('open')}
        >
          <Icon name="snow" className="size-4" /> Freeze…
        </Link>
        <div className="flex gap-2">
          <Link
            href="/settings"
            className="flex-1 rounded-md border border-strong-line px-3 py-1.5 text-center max-md:py-2.5 font-medium hover:bg-raised"
            onClick={() => ref.current?.removeAttribute('open')}
          >
            Account
          </Link>
          <Button className="flex-1" onClick={leave}>
            Sign out
          </Button>
        </div>
      </div>
    </details>
  );
}

function useCloseOutside(ref: React.RefObject<HTMLDetailsElement | null>): void {
  useEffect(() => {
    const close = (event: Event) => {
      const menu = ref.current;
      if (menu === null || !menu.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        menu.open = false;
        menu.querySelector('summary')?.focus();
      } else if (event.target instanceof Node && !menu.contains(event.target)) {
        menu.open = false;
      }
    };
    document.addEventListener('pointerdown', close);
    document.addEventListener('keydown', close, true);
    return () => {
      document.removeEventListener('pointerdown', close);
      document.removeEventListener('keydown', close, true);
    };
  }, [ref]);
}
