'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useAsked } from './use-asked.ts';

/** Whoever answers for an agent needn't be a reviewer, and has no inbox: they are told on every page. */
export function AskedBanner() {
  const { open } = useAsked();
  const here = usePathname();
  const [first] = open;
  return (
    <div role="status">
      {first !== undefined && !here.startsWith('/asked') && (
        <Link
          href={open.length === 1 ? `/asked/${first.approvalId}` : '/asked'}
          className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-accent-soft px-4 py-2 text-accent"
        >
          <strong>
            {open.length === 1
              ? 'You were asked about a call of your agent.'
              : `You were asked about ${open.length} calls of your agents.`}
          </strong>
          <span className="underline">Answer</span>
        </Link>
      )}
    </div>
  );
}
