'use client';

import { useId } from 'react';
import { setTheme, THEMES, useTheme } from '../../lib/theme.ts';

export function ThemeChoice() {
  const theme = useTheme();
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1 text-sm text-muted">Theme</legend>
      <div className="grid grid-cols-3 rounded-md border border-strong-line p-0.5">
        {THEMES.map((choice) => (
          <label
            key={choice}
            className="rounded px-2 py-1 text-center max-md:min-h-11 max-md:content-center text-sm capitalize has-checked:bg-accent-soft has-checked:font-semibold has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={theme === choice}
              onChange={() => setTheme(choice)}
            />
            {choice}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
