'use client';

import {
  freezeListSchema,
  liftFreezeSchema,
  newFreezeSchema,
  visibleString,
  type FreezeScope,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { useSWRConfig } from 'swr';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { FREEZES_PATH } from './use-freezes.ts';

/** What the switch is about. */
export interface FreezeTarget {
  readonly scope: FreezeScope;
  readonly key: string;
  /** The connection's title, or the caller's name. */
  readonly title: string;
}

interface Props {
  target: FreezeTarget;
  lifting?: boolean;
  onClose: () => void;
  onDone?: () => void;
}

/** Asks why, then freezes one thing, or lifts its freeze. */
export function FreezeDialog({ target, lifting = false, onClose, onDone }: Props) {
  const { mutate } = useSWRConfig();
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string>();
  const [failure, setFailure] = useState<ApiFailure>();
  const words = lifting ? LIFT : FREEZE;
  const submit = async () => {
    const { scope, key } = target;
    const input = lifting
      ? liftFreezeSchema.safeParse({ scope, key, ...(reason.trim() !== '' && { reason }) })
      : newFreezeSchema.safeParse({ scope, key, reason });
    setError(input.error?.issues[0]?.message);
    if (!input.success) return;
    setSending(true);
    setFailure(undefined);
    try {
      const path = lifting ? `${FREEZES_PATH}/lift` : FREEZES_PATH;
      const list = await send('POST', path, input.data, freezeListSchema);
      await mutate(FREEZES_PATH, list, { revalidate: false });
      onDone?.();
      onClose();
    } catch (caught) {
      setFailure(toFailure(caught));
      setSending(false);
    }
  };
  return (
    <Dialog title={words.title(target)} onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>{words.effect[target.scope]}</p>
        <p className="text-muted">{words.after}</p>
        <TextField
          label="Why?"
          hint={words.reasonHint}
          value={reason}
          error={error}
          maxLength={500}
          onValue={setReason}
          data-focus-first
        />
        <FailureNote failure={failure} />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" look={lifting ? 'primary' : 'stop'} disabled={sending}>
            {words.submit[target.scope]}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}

interface Words {
  title: (target: FreezeTarget) => string;
  effect: Readonly<Record<FreezeScope, string>>;
  after: string;
  reasonHint: string;
  submit: Readonly<Record<FreezeScope, string>>;
}

/** Names of others are shown with what they hide, in a title too. */
function named({ scope, title }: FreezeTarget): string {
  return scope === 'installation' ? 'everything' : visibleString(title);
}

const FREEZE: Words = {
  title: (target) => `Freeze ${named(target)}?`,
  effect: {
    connection: 'Every call on this connection is denied at once, held ones too.',
    caller: 'Every call of this caller is denied at once, on every connection, held ones too.',
    installation:
      'Every call of every caller is denied at once, on every connection, held ones too.',
  },
  after:
    'What is under way is broken off: it may have run, and is shown as unknown. Only an admin can lift a freeze.',
  reasonHint: 'Agents and reviewers read this.',
  submit: {
    connection: 'Freeze the connection',
    caller: 'Freeze the caller',
    installation: 'Freeze everything',
  },
};

const LIFT: Words = {
  title: (target) => `Lift the freeze of ${named(target)}?`,
  effect: {
    connection: 'Calls on this connection are judged by the policy again.',
    caller: 'Calls of this caller are judged by the policy again.',
    installation: 'Calls are judged by the policy again, where nothing else is frozen.',
  },
  after: 'What was denied meanwhile stays denied: agents have to ask again.',
  reasonHint: 'May stay empty. It is kept in the audit log.',
  submit: {
    connection: 'Lift the freeze',
    caller: 'Lift the freeze',
    installation: 'Lift the freeze',
  },
};
