import { useSyncExternalStore } from 'react';

/** Below this, HTTP's whole seconds and the journey explain the difference. */
const TOLERATED_SKEW_MS = 3000;

let skewMs = 0;

/** Learns how far this machine's clock is off: deadlines are the database's time. */
export function noteServerTime(dateHeader: string | null): void {
  const serverMs = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (Number.isNaN(serverMs)) return;
  const differenceMs = serverMs - Date.now();
  skewMs = Math.abs(differenceMs) > TOLERATED_SKEW_MS ? differenceMs : 0;
}

const listeners = new Set<() => void>();
let ticker: ReturnType<typeof setInterval> | undefined;
let nowMs = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  ticker ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(ticker);
    ticker = undefined;
  };
}

function tick(): void {
  nowMs = Date.now() + skewMs;
  for (const listener of listeners) listener();
}

function current(): number {
  if (nowMs === 0) nowMs = Date.now() + skewMs;
  return nowMs;
}

/** The gateway's time in milliseconds, renewed every second by one shared timer; `null` on the server. */
export function useNow(): number | null {
  return useSyncExternalStore(subscribe, current, () => null);
}
