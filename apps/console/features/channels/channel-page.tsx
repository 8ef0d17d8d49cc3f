'use client';

import {
  channelListSchema,
  channelSavedSchema,
  channelSchema,
  channelTestSchema,
  type Channel,
  type ChannelSaved,
  type ChannelTest,
} from '@holdpoint/contracts';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Fact, Facts, Page, Panel } from '../../ui/page.tsx';
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ChannelDialog } from './channel-dialog.tsx';
import { KIND_NAMES, secretWords, whereTo } from './channel-words.ts';
import { MadeSecrets } from './made-secret.tsx';
import { MessageLog } from './message-log.tsx';

/** One channel: where it leads, a test, and the log of what it was told. */
export function ChannelPage({ id }: { id: string }) {
  const path = `/api/channels/${encodeURIComponent(id)}`;
  const { data: channel, failure, retry, replace } = useApi(path, channelSchema);
  const { data: me } = useMe();
  const router = useRouter();
  const isAdmin = me?.roles.includes('admin') === true;
  const [open, setOpen] = useState<'edit' | 'remove' | 'renew'>();
  const [made, setMade] = useState<ChannelSaved['made']>({});
  const [sent, setSent] = useState(0);
  if (channel === undefined) {
    return (
      <Page title="Channel">
        {failure === undefined ? (
          <Skeleton label="Loading the channel" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={<VisibleText text={channel.title} />}
      intro={KIND_NAMES[channel.config.kind]}
      action={
        <span className="flex flex-wrap gap-2">
          <ButtonLink href="/settings/channels" look="quiet">
            <Icon name="back" className="size-4" /> All channels
          </ButtonLink>
          {isAdmin && <Button onClick={() => setOpen('edit')}>Change</Button>}
          {isAdmin && channel.secrets.includes('callback') && (
            <Button onClick={() => setOpen('renew')}>New secret for verdicts</Button>
          )}
          {isAdmin && (
            <Button look="stop-outline" onClick={() => setOpen('remove')}>
              Remove
            </Button>
          )}
        </span>
      }
    >
      <MadeSecrets made={made} onDone={() => setMade({})} />
      {channel.restsUntil !== null && (
        <Notice tone="hold" title="It could not be reached several times in a row">
          <p>
            It is left alone until <Utc at={channel.restsUntil} />. Then what waits is tried again.
          </p>
        </Notice>
      )}
      <Panel title="Where it leads">
        <ChannelFacts channel={channel} />
      </Panel>
      {isAdmin && (
        <TestPanel
          path={path}
          isPush={channel.config.kind === 'push'}
          onSent={() => {
            setSent((count) => count + 1);
            retry();
          }}
        />
      )}
      <MessageLog channel={channel} isAdmin={isAdmin} sent={sent} onChange={retry} />
      {open === 'edit' && (
        <ChannelDialog
          channel={channel}
          onSaved={(saved) => {
            replace(saved.channel);
            setMade(saved.made);
            setOpen(undefined);
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open === 'renew' && (
        <ConfirmDialog
          title="Make a new secret for verdicts?"
          confirm="Make a new one"
          onConfirm={async () => {
            const saved = await send('POST', `${path}/callback-secret`, {}, channelSavedSchema);
            replace(saved.channel);
            setMade(saved.made);
            setOpen(undefined);
          }}
          onClose={() => setOpen(undefined)}
        >
          The one before is worth nothing at once, and so is every account that was tied under it:
          everybody ties theirs again.
        </ConfirmDialog>
      )}
      {open === 'remove' && (
        <ConfirmDialog
          title={`Remove ${channel.title}?`}
          confirm="Remove it"
          onConfirm={async () => {
            await send('DELETE', path, {}, channelListSchema);
            router.push('/settings/channels');
          }}
          onClose={() => setOpen(undefined)}
        >
          What is on its way is not sent any more. Routes have to lead elsewhere first.
        </ConfirmDialog>
      )}
    </Page>
  );
}

function ChannelFacts({ channel }: { channel: Channel }) {
  const { config, secrets, enabled } = channel;
  const { data: me } = useMe();
  return (
    <Facts>
      <Fact name="To">
        <VisibleText text={whereTo(channel)} />
      </Fact>
      {config.kind === 'email' && (
        <Fact name="Through">
          {config.host}:{config.port},{' '}
          {config.security === 'none' ? 'without TLS' : config.security}
          {config.user !== '' && (
            <>
              , as <VisibleText text={config.user} />
            </>
          )}
        </Fact>
      )}
      {config.kind === 'slack' && (
        <Fact name="Request URL">
          <code className="font-mono text-sm break-all">
            {me?.publicUrl ?? ''}/api/slack/{channel.id}
          </code>
        </Fact>
      )}
      {(config.kind === 'webhook' || config.kind === 'rest') && (
        <Fact name="Verdicts">
          {config.verdicts ? (
            <>
              come back to{' '}
              <code className="font-mono text-sm break-all">
                {me?.publicUrl ?? ''}/api/callbacks/{channel.id}
              </code>
            </>
          ) : (
            'don’t come back'
          )}
        </Fact>
      )}
      {config.kind === 'jira' && (
        <Fact name="Verdicts">
          {config.verdicts === null ? (
            'tickets decide nothing'
          ) : (
            <>
              by moving a ticket to <VisibleText text={config.verdicts.approved} /> or{' '}
              <VisibleText text={config.verdicts.denied} />; Jira’s webhook goes to{' '}
              <code className="font-mono text-sm break-all">
                {me?.publicUrl ?? ''}/api/tickets/{channel.id}
              </code>
            </>
          )}
        </Fact>
      )}
      <Fact name="Secrets">
        {secrets.length === 0 ? 'none' : `${secrets.map(secretWords).join(', ')} (sealed)`}
      </Fact>
      {config.kind === 'push' && (
        <Fact name="Public key">
          <code className="font-mono text-sm break-all">{config.publicKey}</code>
        </Fact>
      )}
      <Fact name="Arguments">
        {'withArguments' in config && config.withArguments ? 'masked' : 'left out'}
      </Fact>
      <Fact name="State">{enabled ? 'switched on' : 'switched off'}</Fact>
    </Facts>
  );
}

function TestPanel({
  path,
  isPush,
  onSent,
}: {
  path: string;
  isPush: boolean;
  onSent: () => void;
}) {
  const [result, setResult] = useState<ChannelTest>();
  const { sending, failure, start } = useSending({ stays: true });
  const test = () =>
    start(async () => {
      setResult(await send('POST', `${path}/test`, {}, channelTestSchema));
      onSent();
    });
  return (
    <Panel title="Test">
      <div className="flex flex-col items-start gap-3">
        <p>
          Sends one message that asks nobody for anything, and shows what the other side says.
          {isPush && (
            <>
              {' '}
              It goes to the browser that you subscribed last.{' '}
              <TextLink href="/settings/browser">Subscribe this one</TextLink>
            </>
          )}
        </p>
        <Button disabled={sending} onClick={() => void test()}>
          {sending ? 'Sending…' : 'Send a test'}
        </Button>
        <FailureNote failure={failure} />
        {result !== undefined && (
          <Notice
            live
            tone={result.ok ? 'go' : 'stop'}
            title={result.ok ? 'It arrived' : 'It did not arrive'}
          >
            <p>
              <VisibleText text={result.answer} /> ({result.tookMs} ms)
            </p>
          </Notice>
        )}
      </div>
    </Panel>
  );
}
