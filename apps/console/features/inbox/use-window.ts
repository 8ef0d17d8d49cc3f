'use client';

import { useLayoutEffect, useState } from 'react';

/** Rows beyond each edge that are there before they are seen. */
const SPARE_ROWS = 6;

export interface RowWindow {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
  readonly rowPx: number;
}

/**
 * Which rows of a list of equal heights are on the screen, whatever scrolls it: the list's own
 * column, or on a phone the page.
 */
export function useWindow(
  list: React.RefObject<HTMLElement | null>,
  count: number,
  rowRem: number,
): RowWindow {
  const [seen, setSeen] = useState<RowWindow>({ first: 0, end: 0, rowPx: rowRem * 16 });
  useLayoutEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      const element = list.current;
      if (element === null) return;
      const { top } = element.getBoundingClientRect();
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const rowPx = rowRem * (Number.isNaN(rem) ? 16 : rem);
      const first = Math.max(0, Math.floor(-top / rowPx) - SPARE_ROWS);
      const end = Math.min(count, Math.ceil((window.innerHeight - top) / rowPx) + SPARE_ROWS);
      setSeen((before) =>
        before.first === first && before.end === end && before.rowPx === rowPx
          ? before
          : { first: Math.min(first, end), end: Math.max(end, 0), rowPx },
      );
    };
    const soon = () => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    look();
    // Scrolling doesn't bubble, but it is captured on the way down.
    document.addEventListener('scroll', soon, { capture: true, passive: true });
    window.addEventListener('resize', soon);
    const observer = new ResizeObserver(soon);
    if (list.current?.parentElement) observer.observe(list.current.parentElement);
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener('scroll', soon, { capture: true });
      window.removeEventListener('resize', soon);
      observer.disconnect();
    };
  }, [list, count, rowRem]);
  return seen;
}
