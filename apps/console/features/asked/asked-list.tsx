'use client';

import Link from 'next/link';
import { Badge } from '../../ui/badge.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { AskedSentence } from './asked-sentence.tsx';
import { useAsked } from './use-asked.ts';

/** What reviewers asked the person about their agents. */
export function AskedList() {
  const { items, failure, retry } = useAsked();
  return (
    <Page
      title="Asked of you"
      intro="Reviewers ask about calls of agents that you answer for. Your answer is no verdict: they decide."
    >
      <Panel flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {items === undefined ? (
          failure === undefined && <Skeleton label="Loading what you were asked" />
        ) : items.length === 0 ? (
          <EmptyState title="Nobody asked you anything" />
        ) : (
          <ul aria-label="Questions to you">
            {items.map((item) => (
              <li key={item.approvalId} className="border-b border-line last:border-b-0">
                <Link
                  href={`/asked/${item.approvalId}`}
                  className="flex flex-col gap-1 px-4 py-3 hover:bg-raised"
                >
                  <span>
                    <AskedSentence of={item} short />
                  </span>
                  <span className="flex flex-wrap items-center gap-x-3 text-sm text-muted">
                    {item.answered ? (
                      <Badge tone="go">Answered</Badge>
                    ) : item.isHeld ? (
                      <Badge tone="hold">Waits for your answer</Badge>
                    ) : (
                      <Badge>Decided meanwhile</Badge>
                    )}
                    <Ago at={item.heldAt} />
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </Page>
  );
}
