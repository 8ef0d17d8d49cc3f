'use client';

import { useShortcuts } from '../../lib/use-shortcuts.ts';

/** j/k and the arrows move focus through the rows; Enter is the link's own key, `o` is its twin. */
export function useListKeys(
  list: React.RefObject<HTMLElement | null>,
  openedId: string | null,
): void {
  const rows = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  const move = (by: 1 | -1) => {
    const all = rows();
    const focused = all.findIndex((row) => row === document.activeElement);
    const from = focused >= 0 ? focused : all.findIndex((row) => row.dataset['row'] === openedId);
    const to = from < 0 ? (by === 1 ? 0 : all.length - 1) : from + by;
    const row = all[Math.min(Math.max(to, 0), all.length - 1)];
    row?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  };
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    o: () =>
      rows()
        .find((row) => row === document.activeElement)
        ?.click(),
  });
}
