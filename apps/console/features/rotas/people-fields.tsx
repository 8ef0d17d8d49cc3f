'use client';

import type { PersonRef } from '@holdpoint/contracts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { PersonPicker } from '../settings/person-picker.tsx';

/** The people of a rota, in the order of their turns. */
export function PeopleFields({
  people,
  error,
  onPeople,
}: {
  people: readonly PersonRef[];
  error: string | undefined;
  onPeople: (people: readonly PersonRef[]) => void;
}) {
  const move = (from: number, to: number) => {
    const moved = people[from];
    if (moved !== undefined) onPeople(people.toSpliced(from, 1).toSpliced(to, 0, moved));
  };
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-2">
        <p className="font-medium" id="rota-turns">
          Turns
        </p>
        {people.length === 0 ? (
          <p className="text-sm text-muted">
            Nobody yet. Without people nobody is on call, and chains that name only this rota deny.
          </p>
        ) : (
          <ol aria-labelledby="rota-turns" className="flex flex-col gap-1">
            {people.map(({ key, name }, index) => (
              <li key={key} title={key} className="flex items-center gap-2 rounded bg-raised p-1.5">
                <span className="text-muted">{index + 1}</span>
                <span className="min-w-0 flex-1 break-words">
                  <VisibleText text={name} />
                </span>
                <Button
                  size="small"
                  look="quiet"
                  disabled={index === 0}
                  aria-label={`Move ${name} up`}
                  onClick={() => move(index, index - 1)}
                >
                  ↑
                </Button>
                <Button
                  size="small"
                  look="quiet"
                  aria-label={`Take ${name} out`}
                  onClick={() => onPeople(people.toSpliced(index, 1))}
                >
                  Remove
                </Button>
              </li>
            ))}
          </ol>
        )}
      </div>
      <PersonPicker
        label="Add a person"
        hint="Whoever you choose is added to the turns. People who have signed in here."
        value={people.at(-1) ?? null}
        error={error}
        onValue={(person) => {
          if (!people.some(({ key }) => key === person.key)) onPeople([...people, person]);
        }}
      />
    </div>
  );
}
