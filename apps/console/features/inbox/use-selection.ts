'use client';

import { BULK_VERDICTS_AT_ONCE } from '@holdpoint/contracts';
import { useCallback, useMemo, useState } from 'react';

export interface Selection {
  readonly ids: readonly string[];
  /** More were asked for than may be decided together. */
  readonly cut: boolean;
  has(id: string): boolean;
  readonly toggle: (id: string) => void;
  add(ids: readonly string[]): void;
  addGroup(group: string): void;
  clear(): void;
}

/** The rows that a person picked, at most as many as are decided together. */
export function useSelection(membersOf: (group: string) => readonly string[]): Selection {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [cut, setCut] = useState(false);
  const add = useCallback(
    (ids: readonly string[]) =>
      setPicked((before) => {
        const all = [...new Set([...before, ...ids])];
        setCut(all.length > BULK_VERDICTS_AT_ONCE);
        return new Set(all.slice(0, BULK_VERDICTS_AT_ONCE));
      }),
    [],
  );
  const toggle = useCallback((id: string) => {
    setCut(false);
    setPicked((before) => {
      const next = new Set(before);
      if (!next.delete(id)) {
        if (next.size < BULK_VERDICTS_AT_ONCE) next.add(id);
        else setCut(true);
      }
      return next;
    });
  }, []);
  const clear = useCallback(() => {
    setCut(false);
    setPicked(new Set());
  }, []);
  return useMemo(
    () => ({
      ids: [...picked],
      cut,
      has: (id) => picked.has(id),
      toggle,
      add,
      addGroup: (group) => add(membersOf(group)),
      clear,
    }),
    [picked, cut, toggle, add, clear, membersOf],
  );
}
