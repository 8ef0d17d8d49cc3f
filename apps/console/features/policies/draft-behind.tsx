'use client';

import { policyVersionSchema, visibleString, type PolicyVersion } from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { plural } from '../../lib/format.ts';
import type { KeptDraft } from './draft.ts';
import { mergeTexts } from './merge-texts.ts';

/** Another version is in force than the one that the draft was written from. */
export function DraftBehind({ draft, inForce }: { draft: KeptDraft; inForce: PolicyVersion }) {
  const { text, edit } = draft;
  const { data: base, failure } = useApi(`/api/policy/versions/${text.base}`, policyVersionSchema);
  const [places, setPlaces] = useState(0);
  if (text.base === inForce.number)
    return places === 0 ? null : (
      <Notice live tone="hold" title={`${plural(places, 'place')} to decide by hand`}>
        <p>
          Both changed the same lines. They stand between <code>{'<<<<<<<'}</code> and{' '}
          <code>{'>>>>>>>'}</code> in the YAML: keep what is right, and remove the marks.
        </p>
      </Notice>
    );

  const bringIn = async (before: PolicyVersion) => {
    const names = { mine: 'my text', theirs: `version ${inForce.number}` };
    const source = await mergeTexts(text.source, before.source, inForce.source, names);
    const cases = await mergeTexts(text.cases, before.cases, inForce.cases, names);
    setPlaces(source.places + cases.places);
    edit({ source: source.text, cases: cases.text, base: inForce.number });
  };
  return (
    <Notice
      live
      tone="hold"
      title={`Version ${inForce.number} was published by ${visibleString(inForce.publishedBy)} after this draft was begun.`}
    >
      <div className="mt-1 flex flex-col gap-3">
        <p>The draft is on top of version {text.base}. Your text is kept whatever you choose.</p>
        {base !== undefined && (
          <>
            <Disclosure title={`What changed in force since version ${text.base}`}>
              <DiffView before={base.source} after={inForce.source} />
            </Disclosure>
            <Disclosure title="What this draft changes">
              <DiffView before={base.source} after={text.source} />
            </Disclosure>
          </>
        )}
        <FailureNote failure={failure} />
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            look="primary"
            disabled={base === undefined}
            onClick={() => base !== undefined && void bringIn(base)}
          >
            Bring in what changed since
          </Button>
          <Button size="small" onClick={() => edit({ base: inForce.number })}>
            Keep my text as it is, on top of version {inForce.number}
          </Button>
        </div>
      </div>
    </Notice>
  );
}
