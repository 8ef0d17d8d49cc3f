export type Tone = 'neutral' | 'accent' | 'hold' | 'go' | 'stop' | 'untrusted';

const TONES: Readonly<Record<Tone, string>> = {
  neutral: 'bg-raised text-muted',
  accent: 'bg-accent-soft text-accent',
  hold: 'bg-hold-soft text-hold',
  go: 'bg-go-soft text-go',
  stop: 'bg-stop-soft text-stop',
  untrusted: 'bg-untrusted-soft text-untrusted',
};

export function Badge({
  tone = 'neutral',
  wraps = false,
  children,
  ...rest
}: React.ComponentProps<'span'> & {
  tone?: Tone;
  /** For words that may be longer than a narrow screen. */
  wraps?: boolean;
}) {
  return (
    <span
      className={`rounded px-1.5 py-px text-xs font-semibold ${wraps ? 'inline-block break-words' : 'inline-flex items-center whitespace-nowrap'} ${TONES[tone]}`}
      {...rest}
    >
      {children}
    </span>
  );
}

/** A message that stays until its cause is gone. */
export function Notice({
  tone = 'neutral',
  title,
  children,
  live = false,
  loud = false,
  ...rest
}: Omit<React.ComponentProps<'div'>, 'title'> & {
  tone?: Tone;
  title?: React.ReactNode;
  live?: boolean;
  /** For what nobody may overlook. */
  loud?: boolean;
}) {
  return (
    <div
      className={`rounded-md px-3 py-2.5 ${TONES[tone]} ${loud ? 'border-2 border-current' : ''}`}
      role={live ? 'status' : undefined}
      {...rest}
    >
      {title !== undefined && <p className="font-semibold">{title}</p>}
      {children !== undefined && <div className="text-ink">{children}</div>}
    </div>
  );
}
