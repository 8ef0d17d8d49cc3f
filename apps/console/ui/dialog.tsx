'use client';

import { useId, useLayoutEffect, useRef } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

/** A modal dialog while it is rendered: focus stays inside, Escape closes, focus goes back after. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  onClose: () => void;
  children: React.ReactNode;
  wide?: boolean;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const pressedBeside = useRef(false);
  // Closed while it still is in the page: taken out first, it would give the focus back to nothing.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null || dialog.open) return;
    dialog.showModal();
    // Opening it focuses what comes first, which is the button that closes it.
    dialog.querySelector<HTMLElement>('[data-focus-first]')?.focus();
    return () => dialog.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      className={`max-h-[90dvh] w-[calc(100%-2rem)] overflow-auto rounded-lg border border-line bg-surface p-0 shadow-xl ${wide ? 'max-w-4xl' : 'max-w-lg'}`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        pressedBeside.current = event.target === ref.current;
      }}
      onClick={(event) => {
        // A press within and a release beside it, as where text is selected, is a click on it, too.
        if (event.target === ref.current && pressedBeside.current) onClose();
      }}
    >
      <div className="flex items-center justify-between gap-4 border-b border-line px-4 py-2.5">
        <h2 id={titleId} className="text-lg font-semibold">
          {title}
        </h2>
        <Button look="quiet" size="small" onClick={onClose} aria-label="Close">
          <Icon name="cross" />
        </Button>
      </div>
      <div className="p-4">{children}</div>
    </dialog>
  );
}
