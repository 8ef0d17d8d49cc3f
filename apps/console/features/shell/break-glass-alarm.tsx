'use client';

import { breakGlassListSchema, type BreakGlassList, type Me } from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { Button } from '../../ui/button.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

const PATH = '/api/break-glass';

/** On every page of admins and auditors, until one of them has taken note. */
export function BreakGlassAlarm({ me }: { me: Me }) {
  const isAlarmed = me.roles.includes('admin') || me.roles.includes('auditor');
  const { data, replace } = useApi(isAlarmed ? PATH : null, breakGlassListSchema);
  if (data === undefined || data.items.length === 0) return null;
  return (
    <section aria-label="Break-glass alarms" role="alert" className="bg-stop-soft">
      <ul>
        {data.items.map((use) => (
          <Alarm key={use.id} use={use} me={me} onAcknowledged={replace} />
        ))}
      </ul>
    </section>
  );
}

interface AlarmProps {
  use: BreakGlassList['items'][number];
  me: Me;
  onAcknowledged: (list: BreakGlassList) => void;
}

function Alarm({ use, me, onAcknowledged }: AlarmProps) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const acknowledge = async () => {
    setSending(true);
    try {
      const path = `${PATH}/${encodeURIComponent(use.id)}/acknowledge`;
      onAcknowledged(await send('POST', path, {}, breakGlassListSchema));
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <li
      data-testid="break-glass-alarm"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b-2 border-stop px-4 py-2.5"
    >
      <p className="min-w-0 flex-1 basis-72">
        <strong className="text-stop">Break-glass:</strong> <VisibleText text={use.person.name} />{' '}
        approved <VisibleText text={use.target ?? use.method} /> on {use.connection} past its chain,{' '}
        <Ago at={use.at} />: “<VisibleText text={use.reason} shape="block" />”
      </p>
      <TextLink href={`/inbox/${use.approvalId}`}>See the call</TextLink>
      {use.person.key === me.person.key ? (
        <span className="text-sm text-muted">Somebody else has to acknowledge it.</span>
      ) : (
        <Button
          size="small"
          disabled={sending}
          onClick={() => void acknowledge()}
          data-testid="acknowledge"
        >
          Acknowledge
        </Button>
      )}
      <FailureNote failure={failure} />
    </li>
  );
}
