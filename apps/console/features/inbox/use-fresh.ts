'use client';

import { useEffect, useState } from 'react';

/** Longer than between the two presses of a double one. */
const FRESH_MS = 700;

/**
 * What takes a verdict has only just come up. The second tap of a double one, on the row or the button
 * that led here, is no verdict: nobody has read anything yet.
 */
export function useFresh(): boolean {
  const [fresh, setFresh] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setFresh(false), FRESH_MS);
    return () => clearTimeout(timer);
  }, []);
  return fresh;
}
