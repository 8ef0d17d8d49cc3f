const PATHS = {
  inbox:
    'M4 13V6.5A1.5 1.5 0 0 1 5.5 5h9A1.5 1.5 0 0 1 16 6.5V13M4 13h3.2l1 2h3.6l1-2H16M4 13v1.5A1.5 1.5 0 0 0 5.5 16h9a1.5 1.5 0 0 0 1.5-1.5V13',
  sessions: 'M4 5h12M4 10h12M4 15h7M15 13v4M13 15h4',
  policies: 'M6 3.5h6L15.5 7v9.5h-9.5zM12 3.5V7h3.5M8.5 11h4.5M8.5 13.5h4.5',
  connections:
    'M8.5 11.5l3-3M7 9 5.2 10.8a2.83 2.83 0 0 0 4 4L11 13M13 11l1.8-1.8a2.83 2.83 0 0 0-4-4L9 7',
  connectors: 'M7 3.5v4M13 3.5v4M5.500 7.500h9V10a4.500 4.500 0 0 1-9 0zM10 14.500v3',
  audit:
    'M10 3.5 4.5 5.5v4.2c0 3.2 2.3 5.6 5.5 6.8 3.2-1.2 5.5-3.6 5.5-6.8V5.5zM7.7 10l1.7 1.7 3-3.2',
  numbers: 'M4 16.5h12M6 14v-4M10 14V5M14 14V8',
  back: 'M12 5l-5 5 5 5',
  forward: 'M8 5l5 5-5 5',
  down: 'M5 8l5 5 5-5',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  cross: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  copy: 'M7.5 7.5V5A1.5 1.5 0 0 1 9 3.5h6A1.5 1.5 0 0 1 16.5 5v6a1.5 1.5 0 0 1-1.5 1.5h-2.5M5 7.5h6A1.5 1.5 0 0 1 12.5 9v6a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.500 15V9A1.5 1.5 0 0 1 5 7.500z',
  clock: 'M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.500V10l2.5 1.8',
  play: 'M7 5l8 5-8 5z',
  pause: 'M7 5v10M13 5v10',
  snow: 'M10 3v14M4 6.500l12 7M16 6.500l-12 7',
  warning: 'M10 4 3 16h14zM10 8.500v3.5M10 14v.01',
  person:
    'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4.500 16.500c.8-2.700 2.900-4 5.500-4s4.700 1.300 5.500 4',
  plus: 'M10 4.500v11M4.500 10h11',
  keyboard: 'M3 6h14v8.500H3zM6 9h.01M9 9h.01M12 9h.01M15 9h.01M7 12h6',
} as const;

export type IconName = keyof typeof PATHS;

/** Decorative: every control that shows one also has a name in text. */
export function Icon({ name, className = 'size-5' }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A line that a circle holds up. */
export function LogoMark({ className = 'size-6' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={`shrink-0 ${className}`} aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#1b57c4" />
      <path d="M4 16h6.5M21.5 16H28" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <circle cx="16" cy="16" r="6" fill="none" stroke="#fff" strokeWidth="3" />
      <circle cx="16" cy="16" r="1.9" fill="#ffd166" />
    </svg>
  );
}
