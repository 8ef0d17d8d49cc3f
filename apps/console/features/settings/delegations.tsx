'use client';

import {
  delegationListSchema,
  type Delegation,
  type DelegationList,
  type Me,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/page.tsx';
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { DelegationDialog } from './delegation-dialog.tsx';

const PATH = '/api/delegations';

/** Who stands in for whom: one's own both ways; for an admin everyone's. */
export function Delegations({ me }: { me: Me }) {
  const { data, failure, retry, replace } = useApi(PATH, delegationListSchema);
  const [adding, setAdding] = useState(false);
  return (
    <Panel title="Delegation and out-of-office">
      <div className="flex flex-col gap-3">
        <p>
          For a time, somebody else decides in your place where you could. They need the reviewer
          role, the two of you count as one person, and each verdict says whose place it took.
        </p>
        {data === undefined &&
          (failure === undefined ? (
            <Skeleton rows={2} label="Loading delegations" />
          ) : (
            <ErrorState failure={failure} onRetry={retry} />
          ))}
        {data?.items.length === 0 && <p className="text-muted">Nobody stands in for anybody.</p>}
        {data !== undefined && data.items.length > 0 && (
          <ul className="flex flex-col gap-2">
            {data.items.map((item) => (
              <Row key={item.id} item={item} me={me} onEnded={replace} />
            ))}
          </ul>
        )}
        {me.roles.includes('reviewer') && (
          <Button className="self-start" onClick={() => setAdding(true)} data-testid="delegate">
            Let somebody stand in for you…
          </Button>
        )}
        {adding && (
          <DelegationDialog
            onSaved={(list) => {
              replace(list);
              setAdding(false);
            }}
            onClose={() => setAdding(false)}
          />
        )}
      </div>
    </Panel>
  );
}

const STATES: Readonly<Record<Delegation['state'], string>> = {
  later: 'later',
  now: 'now',
  suspended: 'suspended: no reviewer any more, or groups not confirmed for 14 days',
};

interface RowProps {
  item: Delegation;
  me: Me;
  onEnded: (list: DelegationList) => void;
}

function Row({ item, me, onEnded }: RowProps) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const end = async () => {
    setSending(true);
    try {
      const path = `${PATH}/${encodeURIComponent(item.id)}`;
      onEnded(await send('DELETE', path, {}, delegationListSchema));
    } catch (error) {
      setFailure(toFailure(error));
      setSending(false);
    }
  };
  const nameOf = ({ key, name }: Delegation['delegate'], mine: string) =>
    key === me.person.key ? mine : <VisibleText text={name} />;
  const only = [...item.connections, ...item.chains.map((chain) => `chain ${chain}`)];
  return (
    <li
      data-testid="delegation"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-raised px-3 py-2"
    >
      <p className="min-w-0 flex-1 basis-64">
        <strong className="font-semibold">{nameOf(item.delegate, 'You')}</strong> for{' '}
        <strong className="font-semibold">{nameOf(item.delegator, 'you')}</strong>,{' '}
        <Utc at={item.from} /> to <Utc at={item.until} />
        {only.length > 0 && (
          <>
            , only <VisibleText text={only.join(', ')} />
          </>
        )}
        {item.note !== null && (
          <>
            : “<VisibleText text={item.note} />”
          </>
        )}
      </p>
      <Badge tone={item.state === 'now' ? 'go' : 'neutral'} wraps>
        {STATES[item.state]}
      </Badge>
      <Button size="small" disabled={sending} onClick={() => void end()}>
        End it
      </Button>
      <FailureNote failure={failure} />
    </li>
  );
}
