'use client';

import {
  connectionSavedSchema,
  type Connection,
  type ConnectionSaved,
  type Effect,
} from '@holdpoint/contracts';
import { useRef, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { CheckField, SelectField, TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { showFault } from '../../ui/show-fault.ts';
import { FailureNote } from '../../ui/states.tsx';
import { ChainEditor } from './chain-editor.tsx';
import {
  checkDraft,
  draftOf,
  EMPTY_DRAFT,
  type ConnectionDraft,
  type FieldErrors,
} from './connection-draft.ts';
import { ClientsEditor } from './clients-editor.tsx';
import { ConnectionTester } from './connection-tester.tsx';
import { QuarantineFields } from './quarantine-fields.tsx';
import { ReadOnlyMarksFields } from './read-only-marks.tsx';
import { UpstreamFields } from './upstream-fields.tsx';

const EFFECTS: readonly { readonly value: Effect; readonly text: string }[] = [
  { value: 'hold', text: 'hold: a person decides' },
  { value: 'deny', text: 'deny' },
  { value: 'allow', text: 'allow: passes unseen' },
];

interface Props {
  /** The connection being edited; `null` registers a new one. */
  connection: Connection | null;
  onSaved: (saved: ConnectionSaved) => void;
}

export function ConnectionForm({ connection, onSaved }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<ConnectionDraft>(() =>
    connection === null ? EMPTY_DRAFT : draftOf(connection),
  );
  // The version this form began from: a newer one underneath must not be overwritten unseen.
  const [version, setVersion] = useState(connection?.version);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [failure, setFailure] = useState<ApiFailure>();
  const [saving, setSaving] = useState(false);
  const [saved, setSaved] = useState(false);
  const set = (change: Partial<ConnectionDraft>) => {
    setDraft({ ...draft, ...change });
    setSaved(false);
  };

  const showErrors = (next: FieldErrors) => {
    setErrors(next);
    showFault(form);
  };
  const save = async () => {
    const checked = checkDraft(draft, connection?.credentialKind ?? null);
    setFailure(undefined);
    setSaved(false);
    if (!checked.ok) return showErrors(checked.errors);
    setErrors({});
    setSaving(true);
    try {
      const answer =
        connection === null
          ? await send('POST', '/api/connections', checked.input, connectionSavedSchema)
          : await send(
              'PUT',
              pathOf(connection),
              { ...checked.input, version },
              connectionSavedSchema,
            );
      setVersion(answer.connection.version);
      setDraft(draftOf(answer.connection));
      setSaved(true);
      onSaved(answer);
    } catch (error) {
      const refused = toFailure(error);
      setFailure(refused);
      showErrors(refused.fields);
    } finally {
      setSaving(false);
    }
  };

  return (
    <form
      ref={form}
      noValidate
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Panel title="Address">
        <div className="grid gap-4 md:grid-cols-2">
          <TextField
            label="Title"
            hint="What reviewers read: “… wants to run query on this title”."
            value={draft.title}
            error={errors['title']}
            maxLength={120}
            onValue={(title) =>
              set({
                title,
                ...(connection === null && draft.slug === slugOf(draft.title)
                  ? { slug: slugOf(title) }
                  : {}),
              })
            }
          />
          <TextField
            label="Short name"
            hint={`Part of the endpoint: /mcp/${draft.slug === '' ? 'short-name' : draft.slug}`}
            value={draft.slug}
            error={errors['slug']}
            spellCheck={false}
            autoCapitalize="none"
            onValue={(slug) => set({ slug })}
          />
        </div>
        <UpstreamFields draft={draft} connection={connection} errors={errors} onChange={set} />
        <ConnectionTester
          draft={draft}
          connection={connection}
          onMarks={(tools) => set({ readOnly: { ...draft.readOnly, tools } })}
        />
      </Panel>
      <Panel title="Who may use it">
        <ChipsField
          label="Caller groups"
          placeholder="data-agents"
          hint="Agents whose identity is in one of these groups. For everyone else the connection does not exist."
          values={draft.callerGroups}
          error={errors['callerGroups']}
          onValues={(callerGroups) => set({ callerGroups })}
        />
        {draft.callerGroups.length === 0 && (
          <div className="mt-3">
            <Notice tone="hold" title="Without a group nobody can use this connection." />
          </div>
        )}
      </Panel>
      <Panel title="Where no rule matches">
        <div className="flex flex-col gap-5">
          <div className="grid gap-4 md:grid-cols-3">
            <SelectField
              label="Default effect"
              hint="For whatever isn’t marked read-only below."
              value={draft.defaultEffect}
              options={EFFECTS}
              onValue={(defaultEffect) => set({ defaultEffect })}
            />
            <TextField
              label="Agent waits at most (seconds)"
              hint="Then it gets “call again to collect”."
              inputMode="numeric"
              value={draft.holdDeadlineS}
              error={errors['holdDeadlineS']}
              onValue={(holdDeadlineS) => set({ holdDeadlineS })}
            />
            <TextField
              label="Approval stays open (seconds)"
              hint="Undecided until then, it expires."
              inputMode="numeric"
              value={draft.approvalWindowS}
              error={errors['approvalWindowS']}
              onValue={(approvalWindowS) => set({ approvalWindowS })}
            />
          </div>
          <ReadOnlyMarksFields
            marks={draft.readOnly}
            tools={connection?.tools ?? []}
            onMarks={(readOnly) => set({ readOnly })}
          />
        </div>
      </Panel>
      <Panel title="What nobody has accepted yet">
        <QuarantineFields
          draft={draft}
          isListed={(connection?.tools.length ?? 0) > 0}
          onChange={set}
        />
      </Panel>
      <Panel title="Clients that wait otherwise">
        <ClientsEditor
          clients={draft.clients}
          errors={errors}
          onClients={(clients) => set({ clients })}
        />
      </Panel>
      <Panel title="Default chain: who decides">
        <ChainEditor
          chain={draft.chain}
          windowS={draft.approvalWindowS}
          errors={errors}
          onChain={(chain) => set({ chain })}
        />
      </Panel>
      <Panel title="Webhook">
        <div className="grid gap-4 md:grid-cols-2">
          <TextField
            label="Post held and settled approvals to"
            hint="Signed as Standard Webhooks. Empty: none."
            type="url"
            value={draft.webhookUrl}
            error={errors['webhook.url'] ?? errors['webhook']}
            onValue={(webhookUrl) => set({ webhookUrl })}
          />
          <CheckField
            label="It is in a private network"
            checked={draft.webhookAllowPrivate}
            onValue={(webhookAllowPrivate) => set({ webhookAllowPrivate })}
          />
        </div>
      </Panel>
      <FailureNote failure={failure} />
      {failure?.code === 'stale_version' && (
        <p>Reload the page to see the other change, then make yours again.</p>
      )}
      {Object.keys(errors).length > 0 && (
        <p role="alert" className="text-stop">
          Some fields need another look.
        </p>
      )}
      <div className="sticky bottom-0 -mx-1 flex gap-3 border-t border-line bg-bg px-1 py-3 max-md:bottom-16">
        <Button type="submit" look="primary" disabled={saving}>
          {saving ? 'Saving…' : connection === null ? 'Register' : 'Save'}
        </Button>
        {/* Where it was pressed: the form is longer than any window. */}
        <span role="status" className="self-center font-medium text-go">
          {saved && 'Saved.'}
        </span>
      </div>
    </form>
  );
}

function pathOf(connection: Connection): string {
  return `/api/connections/${encodeURIComponent(connection.id)}`;
}

/** `Demo production` → `demo-production`: a first proposal for the short name. */
function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);
}
