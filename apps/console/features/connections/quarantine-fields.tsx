import type { FirstCatalogue, Quarantine } from '@holdpoint/contracts';
import { Notice } from '../../ui/badge.tsx';
import { SelectField } from '../../ui/field.tsx';
import type { ConnectionDraft } from './connection-draft.ts';

const QUARANTINES: readonly { readonly value: Quarantine; readonly text: string }[] = [
  { value: 'hold', text: 'Hold its calls until an admin accepts it' },
  { value: 'deny', text: 'Deny its calls until an admin accepts it' },
  { value: 'accept', text: 'Accept it by itself' },
];
const FIRSTS: readonly { readonly value: FirstCatalogue; readonly text: string }[] = [
  { value: 'accept', text: 'Accept it: trust on first use' },
  { value: 'quarantine', text: 'Nothing is accepted before an admin says so' },
];

/** What becomes of what an upstream says of itself. */
export function QuarantineFields({
  draft,
  isListed,
  onChange,
}: {
  draft: ConnectionDraft;
  /** Whether a first list is known, so that nothing can be chosen about it. */
  isListed: boolean;
  onChange: (changed: Partial<ConnectionDraft>) => void;
}) {
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 md:grid-cols-2">
        <SelectField
          label="A new or changed definition"
          hint="Of a tool, prompt or resource template; of a resource only a changed one. Until it is accepted, agents don’t see it in lists either."
          value={draft.quarantine}
          options={QUARANTINES}
          onValue={(quarantine) => onChange({ quarantine })}
        />
        {!isListed && (
          <SelectField
            label="The first list"
            hint="What the upstream lists when it is first asked."
            value={draft.firstCatalogue}
            options={FIRSTS}
            onValue={(firstCatalogue) => onChange({ firstCatalogue })}
          />
        )}
      </div>
      {draft.quarantine === 'accept' && (
        <Notice
          tone="stop"
          loud
          title="Whoever controls the upstream can then rewrite what models read, and nobody is asked."
        >
          Only for an upstream that you run yourself, or whose tools differ from session to session.
        </Notice>
      )}
    </div>
  );
}
