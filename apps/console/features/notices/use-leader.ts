'use client';

import { useEffect, useState } from 'react';

/** Whether this window speaks for all windows of this browser: exactly one of them does. */
export function useLeader(name: string, wanted: boolean): boolean {
  const [leads, setLeads] = useState(false);
  useEffect(() => {
    if (!wanted) return;
    const gone = new AbortController();
    if (navigator.locks === undefined) {
      // Without a secure context there are no locks; the tag still keeps doubles apart.
      setLeads(true);
      return () => setLeads(false);
    }
    navigator.locks
      .request(name, { signal: gone.signal }, async () => {
        setLeads(true);
        // Held until the window closes or no longer wants it; the next one in line takes over.
        await new Promise((resolve) => gone.signal.addEventListener('abort', resolve));
      })
      .catch(() => undefined);
    return () => {
      gone.abort();
      setLeads(false);
    };
  }, [name, wanted]);
  return leads;
}
