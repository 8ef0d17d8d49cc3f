'use client';

import type { Connection } from '@holdpoint/contracts';
import { useState } from 'react';
import { formatUtc } from '../../lib/format.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { FreezeDialog } from '../freeze/freeze-dialog.tsx';

/** The switch of one connection, on its own page. */
export function FreezePanel({
  connection: { id, title, frozen },
  onChanged,
}: {
  connection: Pick<Connection, 'id' | 'title' | 'frozen'>;
  onChanged: () => void;
}) {
  const [asking, setAsking] = useState(false);
  return (
    <div>
      {frozen === null ? (
        <Button look="stop-outline" onClick={() => setAsking(true)}>
          <Icon name="snow" className="size-4" /> Freeze…
        </Button>
      ) : (
        <Notice
          tone="stop"
          title={
            <span className="flex items-center gap-2">
              <Icon name="snow" /> Frozen: every call is denied, held ones too
            </span>
          }
        >
          <p>
            “<VisibleText text={frozen.reason} />”
          </p>
          <p className="text-sm text-muted">
            <VisibleText text={frozen.by} />, {formatUtc(frozen.at)}
          </p>
          <Button className="mt-2" size="small" onClick={() => setAsking(true)}>
            Lift the freeze…
          </Button>
        </Notice>
      )}
      {asking && (
        <FreezeDialog
          target={{ scope: 'connection', key: id, title }}
          lifting={frozen !== null}
          onClose={() => setAsking(false)}
          onDone={onChanged}
        />
      )}
    </div>
  );
}
