'use client';

import { connectionTestSchema } from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { FailureNote } from '../../ui/states.tsx';

/** Asks the upstream now, instead of within a minute. */
export function ListAgain({
  connectionId,
  onListed,
}: {
  connectionId: string;
  onListed: () => void;
}) {
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const [problem, setProblem] = useState<string>();
  const ask = async () => {
    setAsking(true);
    setFailure(undefined);
    setProblem(undefined);
    try {
      const path = `/api/connections/${encodeURIComponent(connectionId)}/refresh-tools`;
      const test = await send('POST', path, {}, connectionTestSchema);
      if (!test.ok) setProblem(test.message);
      onListed();
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setAsking(false);
    }
  };
  return (
    <div className="flex flex-col items-end gap-2">
      <Button disabled={asking} onClick={() => void ask()}>
        {asking ? 'Asking…' : 'List again'}
      </Button>
      <FailureNote failure={failure} />
      {problem !== undefined && (
        <p role="alert" className="rounded-md bg-stop-soft px-3 py-2">
          {problem}
        </p>
      )}
    </div>
  );
}
