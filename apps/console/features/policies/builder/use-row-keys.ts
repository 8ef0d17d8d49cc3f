'use client';

import { useShortcuts } from '../../../lib/use-shortcuts.ts';

/** j/k and the arrows move the focus through the rows; Enter opens the one that has it. */
export function useRowKeys(list: React.RefObject<HTMLElement | null>): void {
  const move = (by: 1 | -1) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const from = rows.findIndex(
      (row) =>
        row === document.activeElement || row.parentElement?.contains(document.activeElement),
    );
    const to = from < 0 ? (by === 1 ? 0 : rows.length - 1) : from + by;
    const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
    row?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  };
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
  });
}
