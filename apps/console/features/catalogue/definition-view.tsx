'use client';

import type { CatalogueItemDetail } from '@holdpoint/contracts';
import { useMemo } from 'react';
import { plural } from '../../lib/format.ts';
import { Badge, Notice } from '../../ui/badge.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { RawText } from '../../ui/json-view.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { definitionLines, hiddenCharacters, memberChanges } from './definition-text.ts';

/** What the upstream says of the item now, beside what was accepted of it. */
export function DefinitionView({ item }: { item: CatalogueItemDetail }) {
  const lines = useMemo(() => definitionLines(item.definition), [item.definition]);
  const before = item.state === 'accepted' ? null : item.accepted;
  return (
    <section className="flex min-w-0 flex-col gap-3">
      <h3 className="font-semibold">
        {before === null ? 'Its definition' : 'What changed since it was accepted'}
      </h3>
      <HiddenNote definition={item.definition} />
      {before === null ? (
        <div
          className="max-h-[50dvh] overflow-auto rounded-md border border-line p-3"
          tabIndex={0}
          role="region"
          aria-label="Definition"
        >
          <RawText text={lines} />
        </div>
      ) : (
        <>
          <p className="text-sm text-muted">
            Compared with what was accepted on <Utc at={before.at} />.
          </p>
          <Changes before={before.definition} after={item.definition} />
          <DiffView wrap before={definitionLines(before.definition)} after={lines} />
          <Disclosure title="The whole definition">
            <RawText text={lines} />
          </Disclosure>
        </>
      )}
    </section>
  );
}

/** What models read and people don't see. */
function HiddenNote({ definition }: { definition: string }) {
  const hidden = useMemo(() => hiddenCharacters(definition), [definition]);
  if (hidden.length === 0) return null;
  const count = hidden.reduce((sum, each) => sum + each.count, 0);
  return (
    <Notice
      tone="stop"
      loud
      title={`${plural(count, 'character')} in it can’t be seen or look like others`}
    >
      <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1" aria-label="Hidden characters">
        {hidden.map((each) => (
          <li key={each.code}>
            <span className="char-mark">{each.code}</span> {each.name}
            {each.count > 1 && ` × ${each.count}`}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** What a model relies on, by name, before the lines. */
function Changes({ before, after }: { before: string; after: string }) {
  const changes = useMemo(() => memberChanges(before, after), [before, after]);
  if (changes.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2" aria-label="Changed members">
      {changes.map(({ path, what, values }) => (
        <li
          key={path}
          className="flex min-w-0 flex-wrap items-center gap-1.5 rounded-md bg-raised px-2 py-1"
        >
          <Badge tone={MODEL_READS.test(path) ? 'hold' : 'neutral'}>{what}</Badge>
          <code className="min-w-0 font-mono text-sm break-all">
            <VisibleText text={path} />
          </code>
          {values !== null && (
            <span className="min-w-0 font-mono text-sm text-muted">
              <VisibleText text={values} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What goes into a model's context, or is believed of a tool. */
const MODEL_READS = /^(?:name|title|description|inputSchema|annotations|arguments)(?:\.|$)/;
