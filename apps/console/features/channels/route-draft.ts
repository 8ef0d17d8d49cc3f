import {
  routeInputSchema,
  type Route,
  type RouteInput,
  type RouteMatch,
} from '@holdpoint/contracts';
import { ownZone } from '../chains/zoned-input.ts';
import { errorsOf, type Checked } from './channel-draft.ts';

type Hours = NonNullable<RouteMatch['hours']>;

/** The form's own state: what a person can have typed, valid or not. */
export interface RouteDraft {
  readonly title: string;
  readonly enabled: boolean;
  readonly match: Omit<RouteMatch, 'steps' | 'hours'>;
  /** As typed: numbers from 1. */
  readonly steps: readonly string[];
  readonly hours: Hours | null;
  readonly channels: readonly string[];
}

export function emptyRoute(): RouteDraft {
  return {
    title: '',
    enabled: true,
    match: {
      events: [
        ...(['approval.held', 'approval.advanced', 'approval.reminded'] as const),
        ...(['approval.escalated', 'approval.break_glass', 'approval.settled'] as const),
      ],
      ...{ connections: [], chains: [], groups: [], minSeverity: 'low' },
    },
    steps: [],
    hours: null,
    channels: [],
  };
}

export function emptyHours(): Hours {
  return {
    timeZone: ownZone(),
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    ...{ from: '09:00', to: '17:00', when: 'inside' },
  };
}

export function draftOfRoute({ title, enabled, match, channels }: Route): RouteDraft {
  const { steps, hours, ...rest } = match;
  return { title, enabled, match: rest, steps: steps.map(String), hours, channels };
}

/** Checks the form with the very schema that the gateway checks it with. */
export function checkRoute({ match, steps, hours, ...rest }: RouteDraft): Checked<RouteInput> {
  const whole = { ...match, steps: steps.map(Number), hours };
  const result = routeInputSchema.safeParse({ ...rest, match: whole });
  return result.success
    ? { ok: true, input: result.data }
    : { ok: false, errors: errorsOf(result.error) };
}
