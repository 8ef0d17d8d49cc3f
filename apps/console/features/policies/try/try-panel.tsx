'use client';

import {
  policyVocabularySchema,
  type RecordedCall,
  type TrialInput,
  type TrialResult,
} from '@holdpoint/contracts';
import { useId, useState } from 'react';
import { useApi } from '../../../lib/use-api.ts';
import { Button } from '../../../ui/button.tsx';
import { Panel } from '../../../ui/page.tsx';
import { FailureNote } from '../../../ui/states.tsx';
import { CallSentence } from '../simulation/recorded-call-link.tsx';
import { CallPicker } from './call-picker.tsx';
import { TrialOutcome } from './trial-outcome.tsx';
import { useTrial } from './use-trial.ts';

const exampleOn = (connection: string) => `{
  "connection": "${connection}",
  "method": "tools/call",
  "params": { "name": "query", "arguments": { "sql": "delete from orders" } },
  "caller": { "subject": "etl", "groups": ["data-agents"] }
}`;

interface Props {
  source: string;
  /** Where test cases are kept beside the draft: adds this call with this outcome to them. */
  onSaveCase?: (line: string, result: TrialResult) => void;
}

/** One call against the draft, explained step by step while the text is being written. */
export function TryPanel({ source, onSaveCase }: Props) {
  const [text, setText] = useState('');
  const [picked, setPicked] = useState<RecordedCall | null>(null);
  const [open, setOpen] = useState(false);
  const [picking, setPicking] = useState(false);
  const { result, failure, pending } = useTrial(source, callOf(text, picked, open));
  const fault = failure?.fields['line'];
  const known = useApi('/api/policy/vocabulary', policyVocabularySchema).data?.connections[0]?.slug;

  return (
    <Panel title="Try a call">
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap gap-2">
          <Button size="small" onClick={() => setPicking(true)}>
            Pick a recorded call…
          </Button>
          {picked === null && text === '' && (
            <Button
              size="small"
              look="quiet"
              onClick={() => setText(exampleOn(known ?? 'prod-eu'))}
            >
              Begin with an example
            </Button>
          )}
        </div>
        {picked === null ? (
          <CallText text={text} fault={fault} onText={setText} />
        ) : (
          <PickedCall
            call={picked}
            opened={open}
            onOpen={() => setOpen(true)}
            onForget={() => {
              // What was opened goes on as text, which can be changed.
              setText(open ? (result?.call.line ?? '') : '');
              setPicked(null);
              setOpen(false);
            }}
          />
        )}
        {fault === undefined && failure?.code !== 'policy_invalid' && (
          <FailureNote failure={failure} />
        )}
        {failure?.code === 'policy_invalid' && (
          <p className="text-muted">The text has faults. Correct them to see what it would do.</p>
        )}
        {result !== undefined && failure === undefined && (
          <div className={pending ? 'opacity-60' : ''} aria-busy={pending}>
            <TrialOutcome result={result} />
            {onSaveCase !== undefined && result.call.line !== null && (
              <Button
                className="mt-3"
                size="small"
                disabled={pending}
                onClick={() => onSaveCase(result.call.line ?? '', result)}
              >
                Save as test case
              </Button>
            )}
          </div>
        )}
      </div>
      {picking && (
        <CallPicker
          onClose={() => setPicking(false)}
          onPick={(call) => {
            setPicked(call);
            setOpen(false);
            setPicking(false);
          }}
        />
      )}
    </Panel>
  );
}

function callOf(
  text: string,
  picked: RecordedCall | null,
  open: boolean,
): TrialInput['call'] | null {
  if (picked !== null) return { entryId: picked.entryId, open };
  return text.trim() === '' ? null : { line: text };
}

function CallText({
  text,
  fault,
  onText,
}: {
  text: string;
  fault: string | undefined;
  onText: (text: string) => void;
}) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        The call, as JSON
      </label>
      <textarea
        id={id}
        rows={7}
        spellCheck={false}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-hint`}
        className={`w-full rounded-md border bg-surface px-2.5 py-1.5 font-mono text-sm max-md:text-lg ${fault === undefined ? 'border-strong-line' : 'border-stop'}`}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      <p id={`${id}-hint`} className="text-sm text-muted">
        Connection, method, params and caller; where rules ask for them tool, counts and now. Read
        as strictly as the endpoint reads messages.
        {fault !== undefined && (
          <span role="alert" className="block font-medium text-stop">
            {fault}
          </span>
        )}
      </p>
    </div>
  );
}

function PickedCall({
  call,
  opened,
  onOpen,
  onForget,
}: {
  call: RecordedCall;
  opened: boolean;
  onOpen: () => void;
  onForget: () => void;
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-line px-3 py-2">
      <p className="min-w-0 flex-1 basis-64 break-words">
        <CallSentence call={call} />
        <span className="block text-sm text-muted">
          {opened
            ? 'You opened its request, which is recorded.'
            : 'Judged without showing its arguments.'}
        </span>
      </p>
      <div className="flex flex-wrap gap-2">
        {!opened && (
          <Button size="small" onClick={onOpen} title="Recorded as opened by you">
            Open its arguments
          </Button>
        )}
        <Button size="small" look="quiet" onClick={onForget}>
          {opened ? 'Edit as text' : 'Another call'}
        </Button>
      </div>
    </div>
  );
}
