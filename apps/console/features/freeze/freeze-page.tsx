'use client';

import type { Freeze, LiftedFreeze } from '@holdpoint/contracts';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { FreezeChooser } from './freeze-chooser.tsx';
import { FreezeDialog, type FreezeTarget } from './freeze-dialog.tsx';
import { FrozenSentence } from './frozen-sentence.tsx';
import { useFreezes, useMayFreeze } from './use-freezes.ts';

const EVERYTHING: FreezeTarget = { scope: 'installation', key: '', title: '' };

interface Asked {
  readonly target: FreezeTarget;
  readonly lifting: boolean;
}

/** The switch, all that is frozen, and what was. */
export function FreezePage() {
  const { data, failure, retry } = useFreezes();
  const may = useMayFreeze();
  const [asked, setAsked] = useState<Asked>();
  const [choosing, setChoosing] = useState(false);
  const isAllFrozen = data?.items.some(({ scope }) => scope === 'installation') === true;
  return (
    <Page
      title="Freeze"
      intro="Stops a connection, a caller or everything within a second: new and held calls are denied, what is under way is broken off, and everyone reads why."
      action={
        may.some && (
          <span className="flex flex-wrap gap-2">
            <Button look="stop-outline" onClick={() => setChoosing(true)}>
              <Icon name="snow" className="size-4" /> Freeze a caller or connection…
            </Button>
            {may.all && !isAllFrozen && (
              <Button look="stop" onClick={() => setAsked({ target: EVERYTHING, lifting: false })}>
                <Icon name="snow" className="size-4" /> Freeze everything…
              </Button>
            )}
          </span>
        )
      }
    >
      <Panel title="Frozen now" flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {data === undefined ? (
          failure === undefined && <Skeleton label="Loading what is frozen" />
        ) : data.items.length === 0 ? (
          <EmptyState title="Nothing is frozen">
            <p>Calls are judged by the policy.</p>
          </EmptyState>
        ) : (
          <ul aria-label="Frozen now">
            {data.items.map((freeze) => (
              <FrozenRow
                key={`${freeze.scope} ${freeze.key}`}
                freeze={freeze}
                onLift={may.all ? () => setAsked({ target: freeze, lifting: true }) : null}
              />
            ))}
          </ul>
        )}
      </Panel>
      {data !== undefined && data.lifted.length > 0 && (
        <Panel title="Lifted lately" flush>
          <ul aria-label="Lifted lately">
            {data.lifted.map((freeze) => (
              <LiftedRow key={`${freeze.scope} ${freeze.key} ${freeze.at}`} freeze={freeze} />
            ))}
          </ul>
        </Panel>
      )}
      {choosing && (
        <FreezeChooser
          frozen={data?.items ?? []}
          onChosen={(target) => {
            setChoosing(false);
            setAsked({ target, lifting: false });
          }}
          onClose={() => setChoosing(false)}
        />
      )}
      {asked !== undefined && <FreezeDialog {...asked} onClose={() => setAsked(undefined)} />}
    </Page>
  );
}

const ROW =
  'flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0';

function FrozenRow({ freeze, onLift }: { freeze: Freeze; onLift: (() => void) | null }) {
  return (
    <li className={ROW}>
      <span className="flex min-w-0 flex-1 basis-56 flex-col break-words">
        <strong className="font-semibold text-stop">
          <FrozenSentence freeze={freeze} />
        </strong>
        <span>
          “<VisibleText text={freeze.reason} />”
        </span>
        <span className="text-sm text-muted">
          <VisibleText text={freeze.by} />, <Utc at={freeze.at} />
        </span>
        <CallerKey freeze={freeze} />
      </span>
      {onLift !== null && (
        <Button size="small" onClick={onLift}>
          Lift…
        </Button>
      )}
    </li>
  );
}

function LiftedRow({ freeze }: { freeze: LiftedFreeze }) {
  const { scope, title, by, reason, at, liftedBy, liftedAt, liftedReason } = freeze;
  return (
    <li className={ROW}>
      <span className="flex min-w-0 flex-1 flex-col break-words">
        <span>
          {scope === 'installation' ? 'Everything' : <VisibleText text={title} />}: “
          <VisibleText text={reason} />”
        </span>
        <span className="text-sm text-muted">
          frozen by <VisibleText text={by} />, <Utc at={at} />
        </span>
        <span className="text-sm text-muted">
          lifted by <VisibleText text={liftedBy} />, <Utc at={liftedAt} />
          {liftedReason !== null && (
            <>
              : “<VisibleText text={liftedReason} />”
            </>
          )}
        </span>
        <CallerKey freeze={freeze} />
      </span>
    </li>
  );
}

/** Two callers may go by one name. */
function CallerKey({ freeze: { scope, key } }: { freeze: Pick<Freeze, 'scope' | 'key'> }) {
  if (scope !== 'caller') return null;
  return (
    <code className="font-mono text-sm break-all text-muted">
      <VisibleText text={key} />
    </code>
  );
}
