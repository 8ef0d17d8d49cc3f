'use client';

import { savedViewListSchema, type SavedView, type SavedViewList } from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { CheckField, TextField } from '../../ui/field.tsx';
import { FailureNote } from '../../ui/states.tsx';

interface Props {
  views: readonly SavedView[];
  /** What is listed now. */
  query: string;
  onChanged: (list: SavedViewList) => void;
  onClose: () => void;
}

/** A person's own views: keep the one that is shown, rename, make the default, delete. */
export function SavedViewsDialog({ views, query, onChanged, onClose }: Props) {
  const [name, setName] = useState('');
  const [isDefault, setIsDefault] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const change = async (method: 'POST' | 'PUT' | 'DELETE', path: string, body: object) => {
    try {
      onChanged(await send(method, `/api/inbox-views${path}`, body, savedViewListSchema));
      setFailure(undefined);
      return true;
    } catch (error) {
      setFailure(toFailure(error));
      return false;
    }
  };
  const save = async () => {
    if (await change('POST', '', { name, query, isDefault })) setName('');
  };
  return (
    <Dialog title="Your views" onClose={onClose}>
      <div className="flex flex-col gap-5">
        <FailureNote failure={failure} />
        <form
          className="flex flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <TextField
            label="Save what is listed now as"
            value={name}
            maxLength={60}
            required
            onValue={setName}
            hint="Filters, words and how alike calls stand. Only you see it."
          />
          <CheckField
            label="Open it whenever I open the inbox"
            checked={isDefault}
            onValue={setIsDefault}
          />
          <Button type="submit" look="primary" className="self-start" disabled={name.trim() === ''}>
            Save
          </Button>
        </form>
        {views.length > 0 && (
          <ul aria-label="Saved views" className="flex flex-col gap-3">
            {views.map((view) => (
              <SavedViewRow
                key={view.id}
                view={view}
                onSave={(next) => change('PUT', `/${view.id}`, next)}
                onDelete={() => change('DELETE', `/${view.id}`, {})}
              />
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
}

function SavedViewRow({
  view,
  onSave,
  onDelete,
}: {
  view: SavedView;
  onSave: (next: Omit<SavedView, 'id'>) => Promise<boolean>;
  onDelete: () => Promise<boolean>;
}) {
  const [name, setName] = useState(view.name);
  const { query, isDefault } = view;
  return (
    <li className="flex flex-wrap items-end gap-2 border-t border-line pt-3">
      <div className="min-w-40 flex-1">
        <TextField label="Name" value={name} maxLength={60} onValue={setName} />
      </div>
      <Button
        disabled={name.trim() === '' || name === view.name}
        onClick={() => void onSave({ name, query, isDefault })}
      >
        Rename
      </Button>
      <Button
        aria-pressed={isDefault}
        onClick={() => void onSave({ name: view.name, query, isDefault: !isDefault })}
      >
        {isDefault ? 'Default' : 'Make default'}
      </Button>
      <Button look="stop-outline" onClick={() => void onDelete()}>
        Delete
      </Button>
    </li>
  );
}
