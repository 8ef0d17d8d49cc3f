'use client';

import { useState } from 'react';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField, SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { show } from './announce.ts';
import { chime } from './chime.ts';
import {
  setNoticeChoice,
  setSound,
  useNoticeChoice,
  useSound,
  type NoticeChoice,
} from './notice-settings.ts';

const OPTIONS: readonly { readonly value: NoticeChoice; readonly text: string }[] = [
  { value: 'off', text: 'Show none' },
  { value: 'bare', text: 'Say only that a call waits' },
  { value: 'sentence', text: 'Say who wants to run what, where' },
];

/** For this browser alone: a laptop at home and one in the office are told separately. */
export function NoticePanel() {
  const choice = useNoticeChoice();
  const sound = useSound();
  const [problem, setProblem] = useState<string>();
  const choose = async (next: NoticeChoice) => {
    setProblem(undefined);
    const refusal = next === 'off' ? undefined : await refusalOf();
    if (refusal === undefined) setNoticeChoice(next);
    else setProblem(refusal);
  };
  const tryIt = () => {
    if (sound) void chime().catch(() => undefined);
    if (choice === 'off') return;
    const title = 'Like this, when a call waits for your verdict';
    show({ title, body: '', tag: 'holdpoint-try', path: '/inbox' }).catch(() =>
      setProblem('The browser showed none. Look at its settings, and at those of the system.'),
    );
  };
  return (
    <Panel title="Notifications in this browser">
      <div className="flex max-w-prose flex-col gap-3">
        <p className="text-muted">
          For calls that are yours to decide, while the console is open in a window or installed.
          Never with arguments. A lock screen shows them to whoever passes by.
        </p>
        <SelectField
          label="When a call waits for you"
          value={choice}
          options={OPTIONS}
          onValue={(next) => void choose(next)}
        />
        {problem !== undefined && (
          <Notice tone="stop" live>
            {problem}
          </Notice>
        )}
        <CheckField
          label="Play a short sound"
          checked={sound}
          onValue={(on) => {
            setSound(on);
            if (on) void chime().catch(() => undefined);
          }}
        />
        <div>
          <Button onClick={tryIt} disabled={choice === 'off' && !sound}>
            Try it
          </Button>
        </div>
      </div>
    </Panel>
  );
}

/** Why the browser shows none; asks the person where it hasn't yet. */
async function refusalOf(): Promise<string | undefined> {
  if (!('Notification' in window)) {
    return 'This browser shows none. On a phone, install the console on the home screen first; it needs https.';
  }
  const permission = await Notification.requestPermission();
  if (permission === 'granted') return undefined;
  return 'This browser was told not to show any for this address. Allow them in its settings, then choose again.';
}
