import { rotaInputSchema, type PersonRef, type Rota, type RotaInput } from '@holdpoint/contracts';
import { instantOfLocal, localOf, ownZone } from '../chains/zoned-input.ts';

/** An override as it is typed, in the rota's own time zone. */
export interface OverrideDraft {
  readonly person: string;
  readonly from: string;
  readonly to: string;
}

/** The form's own state: what a person can have typed, valid or not. */
export interface RotaDraft {
  readonly name: string;
  readonly title: string;
  readonly timeZone: string;
  readonly shift: Rota['shift'];
  readonly startsOn: string;
  readonly handOver: string;
  readonly people: readonly PersonRef[];
  readonly overrides: readonly OverrideDraft[];
}

export function emptyDraft(now: Date): RotaDraft {
  const timeZone = ownZone();
  return {
    name: '',
    title: '',
    timeZone,
    shift: 'weekly',
    startsOn: localOf(now, timeZone).slice(0, 10),
    handOver: '09:00',
    people: [],
    overrides: [],
  };
}

export function draftOf(rota: Rota): RotaDraft {
  const { name, title, timeZone, shift, startsOn, handOver, names, overrides } = rota;
  const people = rota.people.map(
    (key) => names.find((person) => person.key === key) ?? { key, name: key, email: null },
  );
  return {
    ...{ name, title, timeZone, shift, startsOn, handOver, people },
    overrides: overrides.map(({ person, from, to }) => ({
      person,
      from: localOf(new Date(from), timeZone),
      to: localOf(new Date(to), timeZone),
    })),
  };
}

export type Checked =
  | { readonly ok: true; readonly input: RotaInput }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> };

/** Checks the form with the very schema that the gateway checks it with. */
export function checkRota(draft: RotaDraft): Checked {
  const instant = (local: string) => instantOfLocal(local, draft.timeZone)?.toISOString() ?? local;
  const result = rotaInputSchema.safeParse({
    ...draft,
    people: draft.people.map(({ key }) => key),
    overrides: draft.overrides.map(({ person, from, to }) => ({
      person,
      from: instant(from),
      to: instant(to),
    })),
  });
  if (result.success) return { ok: true, input: result.data };
  const errors: Record<string, string> = {};
  for (const { path, message } of result.error.issues) {
    errors[path.join('.')] ??= path[0] === 'overrides' ? (overrideFault(path) ?? message) : message;
  }
  return { ok: false, errors };
}

function overrideFault(path: readonly PropertyKey[]): string | undefined {
  if (path[2] === 'person') return 'Choose who takes over.';
  return path[2] === 'from' ? 'A day and a time.' : 'A day and a time after the beginning.';
}
