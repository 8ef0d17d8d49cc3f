import { useMe } from '../../lib/use-api.ts';
import { Ago } from '../../ui/time.tsx';
import type { KeptDraft } from './draft.ts';

/** Where the text is by now, and who saved it last. */
export function DraftStatus({ draft: { status, saved, conflict, failure } }: { draft: KeptDraft }) {
  const { data: me } = useMe();
  const others = saved !== null && me !== undefined && saved.savedByKey !== me.person.key;
  return (
    <p role="status" aria-live="polite" className="text-sm text-muted">
      {conflict !== null ? (
        'Not saved: somebody else saved this draft.'
      ) : status === 'untouched' ? (
        'What you change is saved as a draft, by itself.'
      ) : status === 'saving' || (status === 'unsaved' && failure === undefined) ? (
        'Saving…'
      ) : status === 'offline' ? (
        'The gateway can’t be reached. Your text is kept in this browser and saved as soon as it can be.'
      ) : failure !== undefined ? (
        `Not saved, but kept in this browser: ${failure.message}`
      ) : saved === null ? null : (
        <>
          {others ? saved.savedBy : 'You'} saved this <Ago at={saved.savedAt} />.
        </>
      )}
    </p>
  );
}
