'use client';

import { useNow } from '../lib/clock.ts';
import { formatAgo, formatDuration, formatUtc } from '../lib/format.ts';

const SOON_MS = 60_000;

/** How long ago; the exact UTC time is its title and what machines read. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={formatUtc(at)}>
      {now === null ? formatUtc(at) : formatAgo(now - Date.parse(at))}
    </time>
  );
}

export function Utc({ at }: { at: string }) {
  return (
    <time dateTime={at} className="whitespace-nowrap">
      {formatUtc(at)}
    </time>
  );
}

/** The time of day alone, where its day is plain from around it. */
export function ClockTime({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatUtc(at)} className="whitespace-nowrap">
      {at.slice(11, 19)} UTC
    </time>
  );
}

/** Time left until `at`. Not announced each second: a screen reader asks for it. */
export function Countdown({ at }: { at: string }) {
  const now = useNow();
  const leftMs = now === null ? null : Date.parse(at) - now;
  const tone = leftMs !== null && leftMs < SOON_MS ? 'text-stop font-semibold' : '';
  return (
    <time
      dateTime={at}
      title={`Until ${formatUtc(at)}`}
      role="timer"
      className={`whitespace-nowrap ${tone}`}
    >
      {leftMs === null ? '…' : leftMs <= 0 ? 'time is over' : `${formatDuration(leftMs)} left`}
    </time>
  );
}
