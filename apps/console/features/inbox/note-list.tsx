import type { ApprovalNote } from '@holdpoint/contracts';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** What people said, oldest first. Their words may quote an agent's, so they are shown like those. */
export function NoteList({ notes, label }: { notes: readonly ApprovalNote[]; label: string }) {
  return (
    <ol aria-label={label} className="flex flex-col gap-3">
      {notes.map((note) => (
        <li
          key={note.id}
          data-testid={`note-${note.kind}`}
          className={`border-l-3 pl-3 ${note.kind === 'answer' ? 'border-l-accent' : note.kind === 'question' ? 'border-l-hold' : 'border-l-line'}`}
        >
          <p className="text-sm text-muted">
            <strong className="font-semibold text-ink">
              <VisibleText text={note.person.name} />
            </strong>{' '}
            <Said note={note} />, <Utc at={note.at} />
          </p>
          <p className="break-words whitespace-pre-wrap">
            <VisibleText text={note.text} shape="block" />
          </p>
        </li>
      ))}
    </ol>
  );
}

function Said({ note }: { note: ApprovalNote }) {
  switch (note.kind) {
    case 'comment':
      return 'commented';
    case 'question':
      return (
        <>
          asked <VisibleText text={note.askedOf?.name ?? ''} />
        </>
      );
    case 'answer':
      return 'answered, which is no verdict';
  }
}
