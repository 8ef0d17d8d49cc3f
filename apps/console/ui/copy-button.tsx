'use client';

import { useState } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

export function CopyButton({
  text,
  label,
  shown = 'Copy',
}: {
  text: string;
  /** What is copied: the accessible name. */
  label: string;
  shown?: string;
}) {
  const [outcome, setOutcome] = useState<'idle' | 'copied' | 'refused'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      setOutcome('refused');
    }
    setTimeout(() => setOutcome('idle'), 2500);
  };
  return (
    <Button size="small" onClick={() => void copy()} aria-label={label} title={label}>
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} className="size-4" />
      <span aria-live="polite">
        {outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Select it by hand' : shown}
      </span>
    </Button>
  );
}
