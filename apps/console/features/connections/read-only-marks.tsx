'use client';

import type { Connection, ReadOnlyMarks } from '@holdpoint/contracts';
import { Badge } from '../../ui/badge.tsx';
import { CheckField } from '../../ui/field.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

const KINDS = [
  { key: 'resources', text: 'Reading resources' },
  { key: 'prompts', text: 'Prompts' },
  { key: 'completion', text: 'Completion' },
  { key: 'subscriptions', text: 'Subscriptions' },
] as const;

interface Props {
  marks: ReadOnlyMarks;
  tools: Connection['tools'];
  onMarks: (marks: ReadOnlyMarks) => void;
}

/** What an admin vouches for as harmless. The server's own hint is shown, and is only a hint. */
export function ReadOnlyMarksFields({ marks, tools, onMarks }: Props) {
  const known = new Set(tools.map((tool) => tool.name));
  const listed = [
    ...tools,
    ...marks.tools
      .filter((name) => !known.has(name))
      .map((name) => ({ name, description: null, readOnlyHint: null })),
  ];
  const toggle = (name: string, on: boolean) =>
    onMarks({
      ...marks,
      tools: on ? [...marks.tools, name] : marks.tools.filter((other) => other !== name),
    });
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 font-medium">
        Read-only: passes without a person{' '}
        <span className="font-normal text-muted">unless a rule says otherwise</span>
      </legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {KINDS.map(({ key, text }) => (
          <CheckField
            key={key}
            label={text}
            checked={marks[key]}
            onValue={(on) => onMarks({ ...marks, [key]: on })}
          />
        ))}
      </div>
      {listed.length === 0 ? (
        <p className="text-sm text-muted">Test the connection to list its tools here.</p>
      ) : (
        <div className="grid gap-2 border-t border-line pt-3 sm:grid-cols-2">
          {listed.map((tool) => (
            <CheckField
              key={tool.name}
              checked={marks.tools.includes(tool.name)}
              onValue={(on) => toggle(tool.name, on)}
              label={
                <>
                  <code className="font-mono text-sm">
                    <VisibleText text={tool.name} />
                  </code>{' '}
                  {tool.readOnlyHint === true && <Badge>hints read-only</Badge>}
                  {!known.has(tool.name) && tools.length > 0 && (
                    <Badge tone="hold">not offered now</Badge>
                  )}
                </>
              }
              hint={
                tool.description === null ? undefined : (
                  <VisibleText text={tool.description} shape="block" />
                )
              }
            />
          ))}
        </div>
      )}
    </fieldset>
  );
}
