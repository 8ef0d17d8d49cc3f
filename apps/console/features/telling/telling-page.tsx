'use client';

import {
  notificationPreferenceSchema,
  notificationPreferenceStateSchema,
  type NotificationPreference,
  type NotificationPreferenceState,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { ownZone } from '../chains/zoned-input.ts';
import { errorsOf } from '../channels/channel-draft.ts';
import { DigestFields, QuietFields, ThroughFields } from './telling-form.tsx';
import { previewOf } from './telling-preview.ts';

const PATH = '/api/notification-preference';

/** When a person is told, in mails and browsers of their own. Shared addresses are told as routes say. */
export function TellingPage() {
  const { data, failure, retry, replace } = useApi(PATH, notificationPreferenceStateSchema);
  return (
    <Page
      title="How I am told"
      intro="For mails to you and for your browsers. What goes to a list, to Slack or to another system is told as its route says."
    >
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      {data === undefined ? (
        failure === undefined && <Skeleton label="Loading how you are told" />
      ) : (
        <TellingForm state={data} onSaved={replace} />
      )}
    </Page>
  );
}

function TellingForm({
  state,
  onSaved,
}: {
  state: NotificationPreferenceState;
  onSaved: (state: NotificationPreferenceState) => void;
}) {
  const [draft, setDraft] = useState<NotificationPreference>(
    () => state.preference ?? notificationPreferenceSchema.parse({ timeZone: ownZone() }),
  );
  const [saved, setSaved] = useState(false);
  const { sending, failure, errors, setErrors, start } = useSending({ stays: true });
  const change = (next: NotificationPreference) => {
    setSaved(false);
    setDraft(next);
  };
  const save = async () => {
    const checked = notificationPreferenceSchema.safeParse(draft);
    setErrors(checked.success ? {} : errorsOf(checked.error));
    if (!checked.success) return;
    await start(async () => {
      onSaved(await send('PUT', PATH, checked.data, notificationPreferenceStateSchema));
      setSaved(true);
    });
  };
  const fields = { draft, errors, onDraft: change };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {state.heldBack > 0 && (
        <Notice tone="hold" title={`Held back for you now: ${state.heldBack}`}>
          <p>
            They come at their time, and a change here counts for them, too. All that waits is in
            the <TextLink href="/inbox?mine=yes">inbox</TextLink>.
          </p>
        </Notice>
      )}
      <QuietFields {...fields} />
      <DigestFields {...fields} />
      <ThroughFields {...fields} />
      <Panel title="What will happen">
        <div className="flex max-w-prose flex-col items-start gap-3">
          <Preview draft={draft} />
          <Button look="go" type="submit" disabled={sending}>
            {sending ? 'Saving…' : 'Save'}
          </Button>
          <FailureNote failure={failure} />
          {saved && (
            <Notice live tone="go">
              <p>Saved. It counts from now on.</p>
            </Notice>
          )}
        </div>
      </Panel>
    </form>
  );
}

function Preview({ draft }: { draft: NotificationPreference }) {
  const sentences = previewOf(draft, new Date());
  if (sentences.length === 0) return <p>Choose days, times and a time zone that there are.</p>;
  return (
    <ul className="flex list-disc flex-col gap-1 pl-5" aria-label="What will happen">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
