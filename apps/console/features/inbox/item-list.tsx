'use client';

import type { ApprovalSummary } from '@holdpoint/contracts';
import { useEffect, useRef, useState } from 'react';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import type { Line } from './arrangement.ts';
import { InboxItem } from './inbox-item.tsx';
import type { Selection } from './use-selection.ts';
import type { Opened } from './use-opened.ts';
import { useWindow } from './use-window.ts';

/** One height for every row: what a row says may change, where the next one is does not. */
const ROW_REM = 7.5;

interface Props {
  name: string;
  lines: readonly Line[];
  rows: ReadonlyMap<string, ApprovalSummary>;
  opened: Opened;
  selection: Selection | null;
  onSee?: (ids: readonly string[]) => void;
  onToggle?: (lead: string) => void;
}

/** A list of any length, of which only the rows in sight are in the page. */
export function ItemList({ name, lines, rows, opened, selection, onSee, onToggle }: Props) {
  const ref = useRef<HTMLUListElement>(null);
  const { first, end, rowPx } = useWindow(ref, lines.length, ROW_REM);
  const [cursor, setCursor] = useState<string | null>(null);
  const wantsFocus = useRef(false);

  const indices = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  // The row that has the focus stays in the page, wherever the list was scrolled to.
  const held = cursor === null ? -1 : lines.findIndex(({ id }) => id === cursor);
  if (held >= 0 && (held < first || held >= end)) indices.push(held);
  const shown = indices.flatMap((index) => {
    const line = lines[index];
    return line === undefined ? [] : [{ line, index }];
  });

  const inSight = shown.map(({ line }) => line.id).join(',');
  useEffect(() => {
    if (onSee === undefined || inSight === '') return;
    const soon = setTimeout(() => onSee(inSight.split(',')), 60);
    return () => clearTimeout(soon);
  }, [onSee, inSight]);

  useEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    const row = ref.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(cursor ?? '')}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  }, [cursor]);

  const at = () => {
    const focused = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row'];
    const from = lines.findIndex(({ id }) => id === focused);
    return from >= 0 ? from : lines.findIndex(({ id }) => id === opened.id);
  };
  const move = (by: 1 | -1, select: boolean) => {
    const from = at();
    const to = from < 0 ? (by === 1 ? 0 : lines.length - 1) : from + by;
    const line = lines[Math.min(Math.max(to, 0), lines.length - 1)];
    if (line === undefined) return;
    if (select) selection?.add([...(lines[from] === undefined ? [] : [lines[from].id]), line.id]);
    wantsFocus.current = true;
    if (line.id === cursor) focusRow(ref.current, line.id);
    setCursor(line.id);
  };
  const current = () => lines[at()];
  useShortcuts({
    j: () => move(1, false),
    k: () => move(-1, false),
    ArrowDown: () => move(1, false),
    ArrowUp: () => move(-1, false),
    J: () => move(1, true),
    K: () => move(-1, true),
    o: () => {
      const line = current();
      if (line !== undefined) opened.open(line.id);
    },
    x: () => {
      const line = current();
      if (line !== undefined) selection?.toggle(line.id);
    },
    '*': () => {
      const line = current();
      if (line !== undefined) selection?.addGroup(line.group);
    },
    z: () => {
      const line = current();
      if (line !== undefined && (line.alike > 0 || line.unfolded)) onToggle?.(line.id);
    },
  });

  return (
    <ul
      ref={ref}
      aria-label={name}
      className="relative"
      style={{ height: lines.length * rowPx }}
      onFocus={(event) => {
        const row = event.target.closest<HTMLElement>('[data-row]')?.dataset['row'];
        if (row !== undefined) setCursor(row);
      }}
    >
      {shown.map(({ line, index }) => (
        <InboxItem
          key={line.id}
          line={line}
          approval={rows.get(line.id)}
          top={index * rowPx}
          height={rowPx}
          position={index + 1}
          count={lines.length}
          href={opened.hrefOf(line.id)}
          isOpen={line.id === opened.id}
          isSelected={selection?.has(line.id) ?? false}
          onOpen={opened.open}
          onSelect={selection?.toggle ?? null}
          onToggle={onToggle ?? null}
        />
      ))}
    </ul>
  );
}

function focusRow(list: HTMLElement | null, id: string): void {
  const row = list?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`);
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: 'nearest' });
}
