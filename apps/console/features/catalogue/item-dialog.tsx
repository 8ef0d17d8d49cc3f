'use client';

import {
  catalogueItemDetailSchema,
  visibleString,
  type CatalogueItemDetail,
  type ItemQuery,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Fact, Facts } from '../../ui/page.tsx';
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { DefinitionView } from './definition-view.tsx';
import { GovernanceView } from './governance-view.tsx';
import { isWaiting, KINDS, STATES, wordText } from './item-words.ts';
import { useWord } from './use-word.ts';

interface Props {
  /** The catalogue's own path. */
  path: string;
  item: ItemQuery;
  mayAccept: boolean;
  onSettled: () => void;
  onClose: () => void;
}

/** One item: what changed about it, who governs it, what was said of it. */
export function ItemDialog({ path, item, onClose, ...rest }: Props) {
  const query = new URLSearchParams(item);
  const { data, failure, retry } = useApi(`${path}/item?${query}`, catalogueItemDetailSchema);
  return (
    <Dialog wide title={`${KINDS[item.kind].one} ${visibleString(item.name)}`} onClose={onClose}>
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      {data === undefined ? (
        failure === undefined && <Skeleton label="Loading the item" />
      ) : (
        <Detail item={data} connectionId={path.split('/')[3] ?? ''} retry={retry} {...rest} />
      )}
    </Dialog>
  );
}

function Detail({
  item,
  connectionId,
  mayAccept,
  onSettled,
  retry,
}: {
  item: CatalogueItemDetail;
  connectionId: string;
  mayAccept: boolean;
  onSettled: () => void;
  retry: () => void;
}) {
  return (
    <div className="flex flex-col gap-5">
      <ItemFacts item={item} />
      <DefinitionView item={item} />
      {mayAccept && (
        <Word
          key={item.digest}
          item={item}
          connectionId={connectionId}
          onSaid={() => {
            retry();
            onSettled();
          }}
        />
      )}
      <section className="flex flex-col gap-2">
        <h3 className="font-semibold">Who governs calls of it</h3>
        <GovernanceView governance={item.governance} />
      </section>
      {item.history.length > 0 && <History item={item} />}
    </div>
  );
}

function ItemFacts({ item }: { item: CatalogueItemDetail }) {
  const state = STATES[item.state];
  return (
    <Facts>
      <Fact name="State">
        <Badge tone={state.tone}>{state.text}</Badge>{' '}
        {item.word !== null && <VisibleText text={wordText(item.word)} />}
        {isWaiting(item) && 'no admin has accepted this definition'}
      </Fact>
      <Fact name="First seen">
        <Utc at={item.firstSeenAt} />
      </Fact>
      <Fact name="Defined so since">
        <Utc at={item.changedAt} />
      </Fact>
      <Fact name="Last seen">
        <Utc at={item.seenAt} />
      </Fact>
      {item.missingSince !== null && (
        <Fact name="Missing since">
          <Utc at={item.missingSince} />
        </Fact>
      )}
      <Fact name="Digest">
        <code className="font-mono text-sm break-all">{item.digest}</code>
      </Fact>
    </Facts>
  );
}

/** Accept or block; bound to the definition that is shown. */
function Word({
  item,
  connectionId,
  onSaid,
}: {
  item: CatalogueItemDetail;
  connectionId: string;
  onSaid: () => void;
}) {
  const [note, setNote] = useState('');
  const { say, failure, busy } = useWord(connectionId);
  const saying = async (word: 'accept' | 'block') => {
    await say(word, [item], note);
    // Also after a refusal: the upstream may define it otherwise by now, and that is to be seen.
    onSaid();
  };
  return (
    <section aria-label="Your word on it" className="flex flex-col gap-3 rounded-md bg-raised p-3">
      <TextField
        label="Note"
        hint="Why; kept with it in the audit log."
        value={note}
        maxLength={500}
        onValue={setNote}
      />
      <FailureNote failure={failure} />
      <div className="flex flex-wrap gap-2">
        {item.state !== 'accepted' && (
          <Button look="go" disabled={busy} onClick={() => void saying('accept')}>
            Accept this definition
          </Button>
        )}
        {item.word?.state !== 'blocked' && (
          <Button look="stop-outline" disabled={busy} onClick={() => void saying('block')}>
            Block it: deny its calls
          </Button>
        )}
      </div>
    </section>
  );
}

function History({ item }: { item: CatalogueItemDetail }) {
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">What was said of its definitions</h3>
      <ol className="flex flex-col gap-1.5" aria-label="History">
        {item.history.map((word) => (
          <li key={`${word.digest} ${word.at}`} className="flex flex-wrap gap-x-2">
            <Utc at={word.at} />
            <code className="font-mono text-sm" title={word.digest}>
              {word.digest.slice(0, 12)}
            </code>
            <span className="min-w-0">
              <VisibleText text={wordText(word)} />
              {word.note !== null && (
                <>
                  {': '}
                  <VisibleText text={word.note} />
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
