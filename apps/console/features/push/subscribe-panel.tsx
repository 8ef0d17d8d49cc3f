'use client';

import type { PushBrowser, PushSays, PushState } from '@holdpoint/contracts';
import { useState } from 'react';
import { ApiFailure, toFailure } from '../../lib/api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { pushAbility, subscribeHere, type PushAbility } from './this-browser.ts';

const SAYS: readonly { readonly value: PushSays; readonly text: string }[] = [
  { value: 'bare', text: 'Say only that a call waits' },
  { value: 'sentence', text: 'Say who wants to run what, where, and why it was held' },
];

/** Why nothing can be asked of this browser, and what to do. */
const HINDRANCES: Readonly<Partial<Record<PushAbility, string>>> = {
  insecure: 'Browsers are pushed to over https only. Open the console by its https address.',
  unsupported:
    'This browser can’t be pushed to as it is. On an iPhone or iPad, put the console on the home screen (Share, Add to Home Screen) and open it from there. Elsewhere use a current browser, not in private mode.',
  denied:
    'This browser was told to show no notifications for this address. Allow them in its settings (mostly behind the sign beside the address), then reload this page.',
};

export function SubscribePanel({
  person,
  publicKey,
  browser,
  onState,
}: {
  person: string;
  publicKey: string;
  /** As the gateway knows this browser; `null` where it doesn't tell this person. */
  browser: PushBrowser | null;
  onState: (state: PushState) => void;
}) {
  const [says, setSays] = useState<PushSays>(browser?.says ?? 'sentence');
  const [ability, setAbility] = useState(pushAbility);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const hindrance = HINDRANCES[ability];
  const subscribe = async (next: PushSays) => {
    setBusy(true);
    setFailure(undefined);
    try {
      const permission = await Notification.requestPermission();
      setAbility(permission);
      if (permission === 'granted') onState(await subscribeHere(person, publicKey, next));
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : refusedByBrowser(error));
    }
    setBusy(false);
  };
  const choose = (next: PushSays) => {
    setSays(next);
    if (browser !== null) void subscribe(next);
  };
  return (
    <Panel title="Here">
      <div className="flex max-w-prose flex-col items-start gap-3">
        {browser === null ? (
          <p>This browser does not tell you of anything.</p>
        ) : (
          <Notice tone="go" title="This browser tells you">
            <p>Signing out here, or removing it from the list below, ends that.</p>
          </Notice>
        )}
        <SelectField
          label="How much it says"
          hint="Never the arguments. A lock screen shows it to whoever passes by."
          value={says}
          options={SAYS}
          onValue={choose}
        />
        {hindrance !== undefined && (
          <Notice tone="hold" live>
            <p>{hindrance}</p>
          </Notice>
        )}
        {hindrance === undefined && browser === null && (
          <Button look="go" disabled={busy} onClick={() => void subscribe(says)}>
            {busy ? 'Subscribing…' : 'Tell me in this browser'}
          </Button>
        )}
        {ability === 'default' && browser === null && (
          <p className="text-sm text-muted">The browser asks you for your permission first.</p>
        )}
        <FailureNote failure={failure} />
      </div>
    </Panel>
  );
}

/** Browsers say little: the push service is blocked, or built out of this browser. */
function refusedByBrowser(error: unknown): ApiFailure {
  if (!(error instanceof DOMException)) return toFailure(error);
  return new ApiFailure(
    'network',
    'The browser could not subscribe at its push service. Check that it may use one (some browsers have a switch for it) and that nothing on the network blocks it, then try again.',
    { cause: error },
  );
}
