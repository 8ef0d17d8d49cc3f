'use client';

import { useEffect, useRef } from 'react';

/** Key (`a`, `Escape`, or a sequence `g i`) → what it does. */
export type Shortcuts = Readonly<Record<string, () => void>>;

const SEQUENCE_MS = 1200;

/** Keys for a page. Quiet while someone types, holds a modifier, or has a dialog open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });

  useEffect(() => {
    let leaderAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isElsewhere(event)) return;
      // What follows a `g` belongs to the sequence, known here or not: `g a` is never `a`.
      const led = event.timeStamp - leaderAt < SEQUENCE_MS;
      leaderAt = event.key === 'g' && !led ? event.timeStamp : Number.NEGATIVE_INFINITY;
      const sequence = led ? `g ${event.key}` : event.key;
      const action = latest.current[sequence];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function isElsewhere(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  if (document.querySelector('dialog[open]') !== null) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  // Space presses what has the focus.
  if (event.key === ' ' && target.closest('button, summary, a') !== null) return true;
  return target.isContentEditable || target.closest('input, textarea, select') !== null;
}
