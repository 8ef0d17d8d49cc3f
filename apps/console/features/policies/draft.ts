'use client';

import { useState } from 'react';

/** A policy being edited: its text, and the version the edit began from. */
export interface Draft {
  readonly source: string;
  readonly base: number;
}

const KEY = 'holdpoint.policy-draft';

function read(): Draft | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (typeof stored !== 'object' || stored === null) return null;
    if (!('source' in stored) || typeof stored.source !== 'string') return null;
    if (!('base' in stored) || typeof stored.base !== 'number') return null;
    return { source: stored.source, base: stored.base };
  } catch {
    return null;
  }
}

function write(draft: Draft | null): void {
  try {
    if (draft === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Without storage the draft lives as long as the page.
  }
}

/** The draft kept in this browser: no conflict, sign-out or reload loses a text. */
export function useDraft(): [draft: Draft | null, save: (draft: Draft | null) => void] {
  const [draft, setDraft] = useState<Draft | null>(read);
  return [
    draft,
    (next) => {
      write(next);
      setDraft(next);
    },
  ];
}
