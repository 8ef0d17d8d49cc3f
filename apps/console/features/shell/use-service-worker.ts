'use client';

import { useEffect } from 'react';

/** Makes the console installable and gives it a page without a connection. It stores no data. */
export function useServiceWorker(): void {
  useEffect(() => {
    // Browsers offer it over https and on this machine only; without it everything else works.
    navigator.serviceWorker?.register('/sw.js').catch(() => undefined);
  }, []);
}
