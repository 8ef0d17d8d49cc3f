import type { ApiFailure } from '../lib/api.ts';
import { Button } from './button.tsx';

/** What a list looks like before it is there: rows of about the right height. */
export function Skeleton({ rows = 5, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex animate-pulse flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex flex-col gap-2">
          <div className={`h-3.5 rounded bg-line ${row % 2 === 0 ? 'w-3/4' : 'w-2/3'}`} />
          <div className={`h-3 rounded bg-raised ${row % 3 === 0 ? 'w-1/2' : 'w-2/5'}`} />
        </div>
      ))}
    </div>
  );
}

export function EmptyState({ title, children }: { title: string; children?: React.ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-14 text-center">
      <p className="text-lg font-semibold">{title}</p>
      {children !== undefined && <div className="text-muted">{children}</div>}
    </div>
  );
}

export function ErrorState({ failure, onRetry }: { failure: ApiFailure; onRetry: () => void }) {
  return (
    <div
      role="alert"
      className="m-4 flex flex-col items-start gap-2 rounded-md bg-stop-soft px-4 py-3"
    >
      <p className="font-semibold text-stop">This could not be loaded.</p>
      <p>{failure.message}</p>
      <p className="text-sm text-muted">
        Code: <code className="font-mono">{failure.code}</code>
      </p>
      <Button size="small" onClick={onRetry}>
        Retry
      </Button>
    </div>
  );
}

/** The failure of something the person just did, beside where they did it. */
export function FailureNote({ failure }: { failure: ApiFailure | undefined }) {
  if (failure === undefined) return null;
  return (
    <p role="alert" className="rounded-md bg-stop-soft px-3 py-2 text-ink">
      {failure.message} <code className="font-mono text-sm text-stop">{failure.code}</code>
    </p>
  );
}
