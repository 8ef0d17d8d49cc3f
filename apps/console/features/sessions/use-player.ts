'use client';

import type { ReplayItem } from '@holdpoint/contracts';
import { useEffect, useState } from 'react';
import { noteInAddress } from '../../lib/note-in-address.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';

/** Long waits shrink, moments stay apart: a minute plays in well under two seconds. */
const SPEED = 20;
const SHORTEST_MS = 350;
const LONGEST_MS = 1800;

export interface Player {
  readonly currentId: string | null;
  readonly playing: boolean;
  select(id: string): void;
  step(by: 1 | -1): void;
  toggle(): void;
}

/** Where in the replay one is. The address holds it too, so that a moment can be linked to. */
export function usePlayer(items: readonly ReplayItem[]): Player {
  const [currentId, setCurrentId] = useState<string | null>(null);
  useEffect(() => {
    const follow = () => setCurrentId(decodeURIComponent(window.location.hash.slice(1)) || null);
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const [playing, setPlaying] = useState(false);
  const index = items.findIndex((item) => item.id === currentId);
  const current = items[index];
  const next = items[index + 1];

  const select = (id: string) => {
    setCurrentId(id);
    const { pathname, search } = window.location;
    noteInAddress(`${pathname}${search}#${encodeURIComponent(id)}`);
  };
  const step = (by: 1 | -1) => {
    const target = items[Math.min(Math.max(index + by, 0), items.length - 1)];
    if (target !== undefined) select(target.id);
  };
  if (playing && next === undefined) setPlaying(false);

  const delayMs =
    current === undefined || next === undefined
      ? SHORTEST_MS
      : Math.min(
          LONGEST_MS,
          Math.max(SHORTEST_MS, (Date.parse(next.at) - Date.parse(current.at)) / SPEED),
        );
  const nextId = next?.id;
  useEffect(() => {
    if (!playing || nextId === undefined) return;
    const timer = setTimeout(() => select(nextId), delayMs);
    return () => clearTimeout(timer);
  }, [playing, nextId, delayMs]);

  // The item that is shown, in sight. `nearest` leaves the page alone when it is in sight already.
  useEffect(() => {
    if (currentId === null) return;
    document.getElementById(`item-${currentId}`)?.scrollIntoView({ block: 'nearest' });
  }, [currentId, items.length]);

  const toggle = () => {
    if (!playing && next === undefined && items[0] !== undefined) select(items[0].id);
    setPlaying(!playing);
  };
  useShortcuts({ ArrowRight: () => step(1), ArrowLeft: () => step(-1), ' ': toggle });
  return { currentId, playing, select, step, toggle };
}
