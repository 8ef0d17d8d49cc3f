import { circlesOf, type ChainStep } from './chain.ts';
import type { OnCallNow } from './reviewers-now.ts';

/** How long what was learned of somebody lets one say that they could decide. */
export const KNOWN_FOR_DAYS = 30;
const KNOWN_FOR_MS = KNOWN_FOR_DAYS * 86_400_000;

/** Somebody of whom the gateway has heard. */
export interface KnownPerson {
  /** `issuer|subject`. */
  readonly key: string;
  readonly name: string;
  /** What the provider said last, and when; `null` where it never said anything. */
  readonly learned: {
    readonly groups: readonly string[];
    readonly roles: readonly string[];
    readonly at: Date;
  } | null;
}

export interface Knowledge {
  readonly people: readonly KnownPerson[];
  readonly onCallNow: OnCallNow;
  readonly now: Date;
}

/**
 * `short`: it names no group, and too few of the people whom it names can still have the role.
 * `nobody-known`: it names groups, and nobody who could decide it was seen for some time.
 */
export type StepVerdict = 'fine' | 'short' | 'nobody-known';

export interface StepOutlook {
  readonly verdict: StepVerdict;
  /** How many people are known who could decide it. The provider may know more. */
  readonly known: number;
  /** What is wrong, why, and what to do; `null` where it is fine. */
  readonly message: string | null;
}

type AskedStep = Pick<ChainStep, 'reviewers' | 'quorum' | 'onDeadline'>;

/**
 * Whether each step can be satisfied, as far as sign-ins tell. It counts everyone whom a step's
 * deadline brings in, and asks nothing about callers: those differ from call to call.
 *
 * A lost role is held against a step until something else is learned. Somebody who was never seen, or
 * not for long, is not: they are unknown, and said to be.
 */
export function stepOutlooks(
  steps: readonly AskedStep[],
  knowledge: Knowledge,
): readonly StepOutlook[] {
  const people = new Map(knowledge.people.map((person) => [person.key, person]));
  return steps.map((step) => outlookOf(step, people, knowledge));
}

type Standing = 'able' | 'not-a-reviewer' | 'not-seen-lately' | 'never-seen';

interface Named {
  readonly name: string;
  readonly standing: Standing;
}

function outlookOf(
  step: AskedStep,
  people: ReadonlyMap<string, KnownPerson>,
  { onCallNow, now }: Knowledge,
): StepOutlook {
  const circles = circlesOf(step);
  const groups = [...new Set(circles.flatMap((one) => one.groups))].filter((one) => one !== '');
  const onCall = circles.flatMap((one) =>
    one.onCall === undefined ? [] : (onCallNow(one.onCall) ?? []),
  );
  // Somebody who is named and on call is still one person.
  const keys = new Set([...circles.flatMap((one) => one.people), ...onCall].filter((key) => key));
  const named = [...keys].map((key) => ({ key, ...namedAs(key, people.get(key), now) }));
  const able = new Set(named.filter(isAble).map(({ key }) => key));
  for (const { key, learned } of people.values())
    if (standingOf(learned, now) === 'able' && groups.some((one) => learned?.groups.includes(one)))
      able.add(key);
  const fine: StepOutlook = { verdict: 'fine', known: able.size, message: null };
  if (groups.length > 0) {
    if (able.size > 0) return fine;
    return { ...fine, verdict: 'nobody-known', message: nobodyKnown(groups, named) };
  }
  const possible = named.filter(({ standing }) => standing !== 'not-a-reviewer').length;
  if (possible >= step.quorum) return fine;
  return { ...fine, verdict: 'short', message: tooFew(step.quorum, possible, named) };
}

function namedAs(key: string, person: KnownPerson | undefined, now: Date): Named {
  const name = person?.name ?? key.split('|').at(-1) ?? key;
  return { name, standing: standingOf(person?.learned ?? null, now) };
}

function standingOf(learned: KnownPerson['learned'], now: Date): Standing {
  if (learned === null) return 'never-seen';
  if (!learned.roles.includes('reviewer')) return 'not-a-reviewer';
  return now.getTime() - learned.at.getTime() > KNOWN_FOR_MS ? 'not-seen-lately' : 'able';
}

const isAble = ({ standing }: Named) => standing === 'able';

function nobodyKnown(groups: readonly string[], named: readonly Named[]): string {
  return [
    `Nobody who signed in here in the last ${KNOWN_FOR_DAYS} days is a reviewer and in ${anyOf(groups)}.`,
    ...whyNot(named),
    'Once somebody of them signs in, this is over; if there is nobody, name another group or person in the chain.',
  ].join(' ');
}

function tooFew(quorum: number, possible: number, named: readonly Named[]): string {
  const lead =
    possible === 0
      ? 'Nobody whom it names can decide it now.'
      : `It needs ${quorum} people, and no more than ${possible} whom it names can decide it now.`;
  return [
    lead,
    ...whyNot(named),
    ...(named.some(({ standing }) => standing === 'not-a-reviewer')
      ? []
      : ['Whoever is on call is named beside the rota, too, and counts once.']),
    'Name others in the chain, or have their groups corrected at the identity provider; they count again once they sign in.',
  ].join(' ');
}

function whyNot(named: readonly Named[]): readonly string[] {
  const of = (wanted: Standing) =>
    named.filter(({ standing }) => standing === wanted).map(({ name }) => name);
  const say = (names: readonly string[], one: string, several: string) =>
    names.length === 0 ? [] : [`${allOf(names)} ${names.length === 1 ? one : several}.`];
  return [
    ...say(
      of('not-a-reviewer'),
      'is in no group that gives the role reviewer',
      'are in no group that gives the role reviewer',
    ),
    ...say(
      of('never-seen'),
      'never signed in, so nothing is known',
      'never signed in, so nothing is known of them',
    ),
    ...say(
      of('not-seen-lately'),
      `was not seen for ${KNOWN_FOR_DAYS} days`,
      `were not seen for ${KNOWN_FOR_DAYS} days`,
    ),
  ];
}

const allOf = (names: readonly string[]) =>
  new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
const anyOf = (names: readonly string[]) =>
  new Intl.ListFormat('en', { type: 'disjunction' }).format(names.map((name) => `“${name}”`));
