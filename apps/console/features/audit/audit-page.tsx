'use client';

import { Page } from '../../ui/page.tsx';
import { CheckpointCard } from './checkpoint-card.tsx';
import { EntryList } from './entry-list.tsx';
import { ExportCard } from './export-card.tsx';

export function AuditPage() {
  return (
    <Page
      title="Audit"
      intro="Everything that happened, in an order that can be proved afterwards."
    >
      <div className="grid gap-5 lg:grid-cols-2">
        <CheckpointCard />
        <ExportCard />
      </div>
      <EntryList />
    </Page>
  );
}
