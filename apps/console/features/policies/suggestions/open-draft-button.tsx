'use client';

import { policyDraftSchema } from '@holdpoint/contracts';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { FailureNote } from '../../../ui/states.tsx';

interface Props {
  /** What the button does, in words. */
  children: string;
  title: string;
  source: string;
  /** The version that the source was written from. */
  base: number;
}

/** Makes a draft of a proposed text and opens it: nothing is in force before it is published. */
export function OpenDraftButton({ children, title, source, base }: Props) {
  const router = useRouter();
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const open = async () => {
    setSending(true);
    setFailure(undefined);
    try {
      const draft = await send(
        'POST',
        '/api/policy/drafts',
        { title, source, base },
        policyDraftSchema,
      );
      router.push(`/policies/edit?draft=${encodeURIComponent(draft.id)}`);
    } catch (error) {
      setFailure(toFailure(error));
      setSending(false);
    }
  };
  return (
    <div className="flex flex-col items-start gap-2">
      <Button size="small" disabled={sending} onClick={() => void open()}>
        {sending ? 'Opening…' : children}
      </Button>
      <FailureNote failure={failure} />
    </div>
  );
}
