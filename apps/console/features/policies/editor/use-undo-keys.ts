'use client';

import { useEffect, useRef } from 'react';
import type { PolicyDocument } from './use-policy-document.ts';

/**
 * Undo and redo by the usual keys, wherever the focus is: what had it may have gone with the change.
 * Fields outside of the frame, dialogs, and an editor that has done it already keep their own.
 */
export function useUndoKeys(
  frame: React.RefObject<HTMLElement | null>,
  { undo, redo }: Pick<PolicyDocument, 'undo' | 'redo'>,
): void {
  const latest = useRef({ undo, redo });
  useEffect(() => {
    latest.current = { undo, redo };
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      const isStep = (event.ctrlKey || event.metaKey) && !event.altKey && /^[zy]$/.test(key);
      if (!isStep || event.defaultPrevented || isElsewhere(event.target, frame.current)) return;
      event.preventDefault();
      if (key === 'y' || event.shiftKey) latest.current.redo();
      else latest.current.undo();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [frame]);
}

function isElsewhere(target: EventTarget | null, frame: HTMLElement | null): boolean {
  if (document.querySelector('dialog[open]') !== null) return true;
  if (!(target instanceof HTMLElement) || frame?.contains(target) === true) return false;
  return target.isContentEditable || target.closest('input, textarea, select') !== null;
}
