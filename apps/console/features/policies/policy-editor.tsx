'use client';

import {
  policyDraftListSchema,
  policyDraftSchema,
  policyInForceSchema,
  policyVersionSchema,
  type PolicyDraft,
  type PolicyInForce,
} from '@holdpoint/contracts';
import dynamic from 'next/dynamic';
import { useRouter, useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Page } from '../../ui/page.tsx';
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { DraftBehind } from './draft-behind.tsx';
import { DraftCases } from './draft-cases.tsx';
import { DraftConflict } from './draft-conflict.tsx';
import type { DraftText } from './draft-keeper.ts';
import { DraftStatus } from './draft-status.tsx';
import { draftPath, useDraft } from './draft.ts';
import { PublishDialog } from './publish-dialog.tsx';
import { useValidation } from './use-validation.ts';

// The editor needs a browser, and no other page needs the editor.
const PolicyWorkbench = dynamic(
  () => import('./editor/policy-workbench.tsx').then((module) => module.PolicyWorkbench),
  {
    ssr: false,
    loading: () => <Skeleton label="Loading the editor" />,
  },
);

/** Loads what is edited: a draft by `?draft=`, or the version in force or an older one (`?from=`). */
export function PolicyEditorPage() {
  const { data: me } = useMe();
  const params = useSearchParams();
  const from = params.get('from');
  // A new draft gets its address while it is edited, and must not be loaded over what is typed.
  const [made, setMade] = useState<string | null>(null);
  const asked = params.get('draft') === made ? null : params.get('draft');
  const inForce = useApi('/api/policy', policyInForceSchema);
  const older = useApi(
    from === null ? null : `/api/policy/versions/${encodeURIComponent(from)}`,
    policyVersionSchema,
  );
  const [opened, setOpened] = useState<PolicyDraft>();
  const draft = useApi(
    asked === null || opened?.id === asked ? null : draftPath(asked),
    policyDraftSchema,
  );
  // Once: what comes later goes through the keeper.
  if (draft.data !== undefined && opened?.id !== draft.data.id) setOpened(draft.data);
  const failing = [inForce, older, draft].find(({ failure }) => failure !== undefined);

  if (me !== undefined && !me.roles.includes('admin')) {
    return (
      <Page title="Edit the policy">
        <EmptyState title="Only admins publish policies">
          <p>You can read the policy in force and every version of it.</p>
          <ButtonLink className="mt-3" href="/policies">
            To the policies
          </ButtonLink>
        </EmptyState>
      </Page>
    );
  }
  const isReady =
    (from === null || older.data !== undefined) && (asked === null || opened?.id === asked);
  if (inForce.data === undefined || me === undefined || !isReady) {
    return (
      <Page title="Edit the policy">
        {failing?.failure === undefined ? (
          <Skeleton label="Loading the policy" />
        ) : (
          <ErrorState failure={failing.failure} onRetry={failing.retry} />
        )}
      </Page>
    );
  }
  const { version } = older.data === undefined ? inForce.data : { version: older.data };
  const start: PolicyDraft | DraftText =
    asked !== null && opened !== undefined
      ? opened
      : {
          title: `Draft of ${me.person.name}, ${new Date().toISOString().slice(0, 10)}`,
          source: version.source,
          cases: version.cases,
          base: inForce.data.version.number,
        };
  return (
    <Editor
      key={asked ?? `from ${from ?? 'force'}`}
      inForce={inForce.data}
      start={start}
      onMade={setMade}
    />
  );
}

interface EditorProps {
  inForce: PolicyInForce;
  start: PolicyDraft | DraftText;
  /** Told the draft's id once it has one. */
  onMade: (id: string) => void;
}

function Editor({ inForce, start, onMade }: EditorProps) {
  const router = useRouter();
  const draft = useDraft(start, onMade);
  const { text, saved, conflict } = draft;
  const [publishing, setPublishing] = useState(false);
  const [discardFailure, setDiscardFailure] = useState<ApiFailure>();
  const { result, failure } = useValidation(text.source, text.cases);
  const { version } = inForce;
  const changed = text.source !== version.source || text.cases !== version.cases;

  const discard = async () => {
    try {
      const id = (await draft.keeper.flush())?.id ?? saved?.id;
      if (id !== undefined) await send('DELETE', draftPath(id), {}, policyDraftListSchema);
      draft.keeper.forget();
      router.push('/policies');
    } catch (error) {
      setDiscardFailure(toFailure(error));
    }
  };

  return (
    <Page
      title="Edit the policy"
      intro={`A draft on top of version ${text.base}.`}
      action={
        <div className="flex flex-wrap gap-2">
          <Button disabled={saved === null} onClick={() => void discard()}>
            Discard
          </Button>
          <Button
            look="primary"
            disabled={
              !changed || result?.ok !== true || conflict !== null || text.base !== version.number
            }
            onClick={() => setPublishing(true)}
          >
            Review and {inForce.secondAdmin ? 'propose' : 'publish'}…
          </Button>
        </div>
      }
    >
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
        <div className="w-full max-w-sm">
          <TextField
            label="Name of the draft"
            value={text.title}
            maxLength={120}
            onValue={(title) => draft.edit({ title })}
          />
        </div>
        <DraftStatus draft={draft} />
      </div>
      <FailureNote failure={discardFailure} />
      <DraftConflict draft={draft} />
      <DraftBehind draft={draft} inForce={version} />
      <PolicyWorkbench
        source={text.source}
        onChange={(source) => draft.edit({ source })}
        onCases={(edit) => draft.edit({ cases: edit(text.cases) })}
        result={result}
        pending={
          failure === undefined ? (
            <p className="text-muted">Checking…</p>
          ) : (
            <FailureNote failure={failure} />
          )
        }
      />
      <DraftCases
        value={text.cases}
        onValue={(cases) => draft.edit({ cases })}
        result={result?.cases}
      />
      {publishing && (
        <PublishDialog
          draft={draft}
          inForce={inForce}
          onClose={() => setPublishing(false)}
          onDone={(proposalId) =>
            router.push(proposalId === null ? '/policies' : `/policies/proposals/${proposalId}`)
          }
        />
      )}
    </Page>
  );
}
