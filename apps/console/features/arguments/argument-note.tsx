import { Badge, type Tone } from '../../ui/badge.tsx';

export interface Note {
  readonly tone: Tone;
  readonly text: React.ReactNode;
}

/** What is known of an argument, above its text: short, and the loud ones first. */
export function ArgumentNotes({ label, notes }: { label: string; notes: readonly Note[] }) {
  return (
    <ul aria-label={label} className="mb-1.5 flex flex-wrap items-center gap-1.5">
      {notes.map(({ tone, text }, index) => (
        <li key={index} className="min-w-0">
          <Badge tone={tone} wraps>
            {text}
          </Badge>
        </li>
      ))}
    </ul>
  );
}
