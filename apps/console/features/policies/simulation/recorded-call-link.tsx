import type { RecordedCall } from '@holdpoint/contracts';
import Link from 'next/link';
import { Utc } from '../../../ui/time.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';

/** Who called what: a sentence made of what was recorded. Names of agents and tools are theirs. */
export function CallSentence({ call }: { call: RecordedCall }) {
  return (
    <>
      <VisibleText text={call.caller} /> called{' '}
      <code className="font-mono text-sm">
        <VisibleText text={call.target ?? call.method} />
      </code>{' '}
      on {call.connection}
    </>
  );
}

/** A recorded call as a link to its moment in the replay of its session. */
export function RecordedCallLink({ call }: { call: RecordedCall }) {
  return (
    <Link
      href={`/sessions/${call.sessionId}#${call.entryId}`}
      prefetch={false}
      className="flex flex-wrap items-baseline gap-x-3 hover:underline"
    >
      <span className="min-w-0 break-words">
        <CallSentence call={call} />
      </span>
      <span className="text-sm text-muted">
        <Utc at={call.at} />
      </span>
    </Link>
  );
}
