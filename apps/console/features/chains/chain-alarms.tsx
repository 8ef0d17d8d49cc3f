'use client';

import { chainAlarmListSchema, type ChainAlarm } from '@holdpoint/contracts';
import { useApi } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** What it means for calls: the sentences below say of each step why, and what to do. */
const TITLES: Readonly<Record<ChainAlarm['verdict'], string>> = {
  empty:
    'A chain has a step that names a rota nobody is in. Where it names nobody else, what it would hold is denied.',
  short:
    'A chain has a step that too few people can decide. What it holds waits until its deadline.',
  'nobody-known':
    'A chain has a step of which no reviewer was seen lately. What it holds waits for one until its deadline.',
};
const VERDICTS = ['empty', 'short', 'nobody-known'] as const;

/** For admins: chains in force that nobody can satisfy any more, as far as is known. */
export function ChainAlarms() {
  const { data } = useApi('/api/chain-alarms', chainAlarmListSchema);
  if (data === undefined) return null;
  return VERDICTS.map((verdict) => {
    const items = data.items.filter((alarm) => alarm.verdict === verdict);
    if (items.length === 0) return null;
    return (
      <Notice
        key={verdict}
        tone={verdict === 'nobody-known' ? 'hold' : 'stop'}
        title={TITLES[verdict]}
        live
      >
        <ul className="flex flex-col gap-1">
          {items.map((alarm) => (
            <li key={`${alarm.connection?.id ?? ''} ${alarm.chain} ${alarm.step}`}>
              <Place alarm={alarm} />: <VisibleText text={alarm.message} />
            </li>
          ))}
        </ul>
      </Notice>
    );
  });
}

function Place({ alarm: { connection, chain, step } }: { readonly alarm: ChainAlarm }) {
  return connection === null ? (
    <>
      Step {step + 1} of{' '}
      <TextLink href="/policies/edit">
        the chain <VisibleText text={chain} />
      </TextLink>
    </>
  ) : (
    <>
      Step {step + 1} of the chain of{' '}
      <TextLink href={`/connections/${encodeURIComponent(connection.id)}`}>
        <VisibleText text={connection.title} />
      </TextLink>
    </>
  );
}
