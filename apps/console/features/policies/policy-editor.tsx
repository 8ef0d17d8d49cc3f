'use client';

import {
  policyInForceSchema,
  policyVersionSchema,
  type PolicyInForce,
  type PolicyIssue,
} from '@holdpoint/contracts';
import dynamic from 'next/dynamic';
import { useRouter, useSearchParams } from 'next/navigation';
import { useRef, useState } from 'react';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import type { YamlEditorHandle } from '../../ui/yaml-editor.tsx';
import { useDraft, type Draft } from './draft.ts';
import { PublishDialog } from './publish-dialog.tsx';
import { useValidation } from './use-validation.ts';

// The editor needs a browser, and no other page needs the editor.
const YamlEditor = dynamic(
  () => import('../../ui/yaml-editor.tsx').then((module) => module.YamlEditor),
  {
    ssr: false,
    loading: () => <Skeleton label="Loading the editor" />,
  },
);
const NO_ISSUES: readonly PolicyIssue[] = [];

/** Loads what is edited: the version in force, or an older one named by `?from=`. */
export function PolicyEditorPage() {
  const { data: me } = useMe();
  const from = useSearchParams().get('from');
  const inForce = useApi('/api/policy', policyInForceSchema);
  const older = useApi(
    from === null ? null : `/api/policy/versions/${encodeURIComponent(from)}`,
    policyVersionSchema,
  );
  const failure = inForce.failure ?? older.failure;

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
  if (inForce.data === undefined || (from !== null && older.data === undefined)) {
    return (
      <Page title="Edit the policy">
        {failure === undefined ? (
          <Skeleton label="Loading the policy" />
        ) : (
          <ErrorState
            failure={failure}
            onRetry={inForce.data === undefined ? inForce.retry : older.retry}
          />
        )}
      </Page>
    );
  }
  return <Editor inForce={inForce.data} startFrom={older.data?.source ?? null} />;
}

interface EditorProps {
  inForce: PolicyInForce;
  /** The source of the older version to start from, if one was asked for. */
  startFrom: string | null;
}

function Editor({ inForce, startFrom }: EditorProps) {
  const router = useRouter();
  const [stored, store] = useDraft();
  const [start] = useState(startFrom);
  // Asked to start from an older version, a draft kept from before would be the wrong text.
  const [replaced, setReplaced] = useState(start === null);
  const beginning: Draft = {
    source: start ?? inForce.version.source,
    base: inForce.version.number,
  };
  const draft = replaced ? (stored ?? beginning) : beginning;
  const [publishing, setPublishing] = useState(false);
  const editor = useRef<YamlEditorHandle>(null);
  const { result, failure } = useValidation(draft.source);

  const changed = draft.source !== inForce.version.source;
  const isBehind = draft.base !== inForce.version.number;
  const save = (next: Draft | null) => {
    setReplaced(true);
    store(next);
  };
  const edit = (source: string) => {
    if (source === draft.source) return;
    save(source === inForce.version.source && !isBehind ? null : { ...draft, source });
  };

  return (
    <Page
      title="Edit the policy"
      intro={`From version ${draft.base}. What you type stays in this browser until it is published or discarded.`}
      action={
        <div className="flex flex-wrap gap-2">
          <Button disabled={!changed && stored === null} onClick={() => save(null)}>
            Discard
          </Button>
          <Button
            look="primary"
            disabled={!changed || result?.ok !== true}
            onClick={() => setPublishing(true)}
          >
            Review and publish…
          </Button>
        </div>
      }
    >
      {isBehind && (
        <Notice
          live
          tone="hold"
          title={`Version ${inForce.version.number} was published by ${inForce.version.publishedBy} after you began.`}
        >
          <p>
            Your text is kept. Compare it with what is in force now in the review: publishing
            replaces all of it.
          </p>
          <Button
            className="mt-2"
            size="small"
            onClick={() => save({ ...draft, base: inForce.version.number })}
          >
            Continue on top of version {inForce.version.number}
          </Button>
        </Notice>
      )}
      <YamlEditor
        ref={editor}
        label="Policy, as YAML"
        value={draft.source}
        onChange={edit}
        issues={result?.issues ?? NO_ISSUES}
      />
      <FailureNote failure={failure} />
      <div role="status" aria-live="polite">
        {result === undefined ? (
          failure === undefined && <p className="text-muted">Checking…</p>
        ) : result.ok ? (
          <p className="text-go">
            Valid: {result.ruleCount} {result.ruleCount === 1 ? 'rule' : 'rules'}.
          </p>
        ) : (
          <IssueList
            issues={result.issues}
            onJump={(issue) => editor.current?.jumpTo(issue.line, issue.column)}
          />
        )}
      </div>
      {publishing && (
        <PublishDialog
          draft={draft}
          inForce={inForce.version}
          onClose={() => setPublishing(false)}
          onPublished={() => {
            store(null);
            router.push('/policies');
          }}
        />
      )}
    </Page>
  );
}

function IssueList({
  issues,
  onJump,
}: {
  issues: readonly PolicyIssue[];
  onJump: (issue: PolicyIssue) => void;
}) {
  return (
    <ul aria-label="Problems" className="overflow-hidden rounded-md border border-stop">
      {issues.map((issue, index) => (
        <li key={index}>
          <button
            type="button"
            className="flex w-full gap-3 px-3 py-2 text-left -outline-offset-2 hover:bg-stop-soft"
            onClick={() => onJump(issue)}
          >
            <span className="font-mono text-sm whitespace-nowrap text-stop">line {issue.line}</span>
            <span className="min-w-0 break-words">{issue.message}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
