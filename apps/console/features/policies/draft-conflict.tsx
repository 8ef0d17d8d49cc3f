'use client';

import { policyDraftSchema, visibleString } from '@holdpoint/contracts';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { DRAFTS, type KeptDraft } from './draft.ts';
import type { DraftText } from './draft-keeper.ts';
import { mergeTexts } from './merge-texts.ts';

/** Two people saved the same draft: both texts, and every way on. None of them loses a text. */
export function DraftConflict({ draft }: { draft: KeptDraft }) {
  const { conflict, text, saved, keeper } = draft;
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  if (conflict === null) return null;
  const isOpen = conflict.discarded === null && conflict.publishedAs === null;

  const act = async (work: () => Promise<void>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(toFailure(error));
    }
    setBusy(false);
  };
  const keepAside = ({ title, source, cases, base }: DraftText, whose: string) => {
    const input = { title: `${title.slice(0, 80)} (${whose})`, source, cases, base };
    return send('POST', DRAFTS, input, policyDraftSchema);
  };
  const keepMine = () =>
    act(async () => {
      await keepAside(conflict, `as ${conflict.savedBy.slice(0, 24)} saved it`);
      keeper.resolve(text);
    });
  const takeTheirs = () =>
    act(async () => {
      const mine = await keepAside(text, 'my text');
      keeper.takeTheirs();
      if (!isOpen) router.push(`/policies/edit?draft=${mine.id}`);
    });
  const merge = () =>
    act(async () => {
      const names = { mine: 'my text', theirs: `as ${conflict.savedBy} saved it` };
      const before = saved ?? conflict;
      const source = await mergeTexts(text.source, before.source, conflict.source, names);
      const cases = await mergeTexts(text.cases, before.cases, conflict.cases, names);
      keeper.resolve({ source: source.text, cases: cases.text, base: conflict.base });
    });

  return (
    <Notice
      live
      loud
      tone="hold"
      title={
        conflict.publishedAs !== null
          ? `This draft was published as version ${conflict.publishedAs} while you were typing.`
          : conflict.discarded !== null
            ? `${visibleString(conflict.discarded.by)} discarded this draft while you were typing.`
            : `${visibleString(conflict.savedBy)} saved this draft while you were typing.`
      }
    >
      <div className="mt-1 flex flex-col gap-3">
        <p>
          Saved <Ago at={conflict.savedAt} />. Your text is below and in this browser; nothing of it
          is on the gateway yet. Whichever you take, the other stays as a draft of its own.
        </p>
        <Disclosure title={`From what ${visibleString(conflict.savedBy)} saved to your text`}>
          <DiffView before={conflict.source} after={text.source} />
          {conflict.cases !== text.cases && <DiffView before={conflict.cases} after={text.cases} />}
        </Disclosure>
        <div className="flex flex-wrap gap-2">
          {isOpen && (
            <>
              <Button disabled={busy} onClick={() => void merge()}>
                Merge both
              </Button>
              <Button disabled={busy} onClick={() => void keepMine()}>
                Keep mine
              </Button>
            </>
          )}
          <Button disabled={busy} onClick={() => void takeTheirs()}>
            {isOpen ? 'Take theirs' : 'Keep mine as a new draft'}
          </Button>
        </div>
        <FailureNote failure={failure} />
      </div>
    </Notice>
  );
}
