const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

/**
 * The instant at which clocks of a zone show a local date and time as a form gives it
 * (`2026-11-28T03:00`); of one that occurs twice the first. `undefined` where it can't be read.
 */
export function instantOfLocal(local: string, zone: string): Date | undefined {
  // A parser of dates makes something of nearly everything, of nothing too.
  const wanted = LOCAL.test(local) ? Date.parse(`${local}:00Z`) : Number.NaN;
  if (Number.isNaN(wanted)) return undefined;
  try {
    // The offset near the wanted time, then the offset at what that gives: right on both sides of a change.
    const guess = wanted - offsetMs(new Date(wanted), zone);
    return new Date(wanted - offsetMs(new Date(guess), zone));
  } catch {
    return undefined;
  }
}

/** What clocks of a zone show, as a form takes it: `2026-11-28T03:00`. */
export function localOf(instant: Date, zone: string): string {
  return new Date(instant.getTime() + offsetMs(instant, zone)).toISOString().slice(0, 16);
}

/** As it is read: `Sat 28 Nov, 03:00`, with seconds where it isn't a whole minute. */
export function readLocal(instant: Date, zone: string): string {
  return instant.toLocaleString('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(instant.getUTCSeconds() !== 0 && { second: '2-digit' }),
    hourCycle: 'h23',
  });
}

/** Of the browser. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function offsetMs(instant: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - Math.floor(instant.getTime() / 1000) * 1000;
}
