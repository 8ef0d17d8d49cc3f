import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ApprovalEvent,
  type ApprovalState,
  EVENTS,
  STATES,
  isApprovalEvent,
  isApprovalState,
  isFinal,
  isPending,
  transition,
} from './index.ts';

// Written down a second time on purpose: the table can't change without this list changing too.
const LEGAL: readonly (readonly [ApprovalState, ApprovalEvent, ApprovalState])[] = [
  ['held', 'approve', 'approved'],
  ['held', 'deny', 'denied'],
  ['held', 'expire', 'expired'],
  ['held', 'withdraw', 'withdrawn'],
  ['approved', 'claim', 'claimed'],
  ['approved', 'expire', 'expired'],
  ['approved', 'void', 'void'],
  ['approved', 'deny', 'denied'],
  ['approved', 'ask_again', 'held'],
  ['claimed', 'answer', 'answered'],
  ['claimed', 'fail', 'failed'],
  ['claimed', 'lose', 'unknown'],
  ['answered', 'deliver', 'delivered'],
  ['answered', 'continue', 'claimed'],
  ['delivered', 'continue', 'claimed'],
];
const FINAL: readonly ApprovalState[] = [
  'denied',
  'expired',
  'withdrawn',
  'failed',
  'unknown',
  'void',
];

const pairs = STATES.flatMap((state) => EVENTS.map((event) => ({ state, event })));

describe('transition', () => {
  it.each(pairs)('$state + $event', ({ state, event }) => {
    const legal = LEGAL.find(([from, by]) => from === state && by === event);
    if (legal) expect(transition(state, event)).toEqual({ ok: true, state: legal[2] });
    else {
      const code = FINAL.includes(state) ? 'already_final' : 'not_allowed';
      expect(transition(state, event)).toEqual({ ok: false, code });
    }
  });

  it('knows eleven states and twelve events, of which six states are final and one is pending', () => {
    expect(STATES).toHaveLength(11);
    expect(EVENTS).toHaveLength(12);
    expect(STATES.filter(isFinal).toSorted()).toEqual(FINAL.toSorted());
    expect(STATES.filter(isPending)).toEqual(['held']);
  });

  it('takes no inherited property for a state or an event', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', '']) {
      expect(isApprovalState(name)).toBe(false);
      expect(isApprovalEvent(name)).toBe(false);
    }
  });
});

/** Plays events as the database would: an illegal one changes nothing. */
function play(
  events: readonly ApprovalEvent[],
): readonly { event: ApprovalEvent; from: ApprovalState; to: ApprovalState }[] {
  let state: ApprovalState = 'held';
  return events.flatMap((event) => {
    const result = transition(state, event);
    if (!result.ok) return [];
    const taken = { event, from: state, to: result.state };
    state = result.state;
    return [taken];
  });
}

describe('any interleaving of events', () => {
  const interleavings = fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 });

  it('claims at most once, and only from approved; later rounds need an answer each', () => {
    // Guarantee: what was approved runs once (invariant 2).
    fc.assert(
      fc.property(interleavings, (events) => {
        const taken = play(events);
        const claims = taken.filter(({ event }) => event === 'claim');
        expect(claims.length).toBeLessThanOrEqual(1);
        expect(claims.every(({ from, to }) => from === 'approved' && to === 'claimed')).toBe(true);
        const runs = taken.filter(({ to }) => to === 'claimed').length;
        const answers = taken.filter(({ event }) => event === 'answer').length;
        expect(runs).toBeLessThanOrEqual(claims.length + answers);
      }),
      { numRuns: 2_000 },
    );
  });

  it('absorbs in a final state', () => {
    fc.assert(
      fc.property(interleavings, (events) => {
        const taken = play(events);
        const end = taken.findIndex((step) => isFinal(step.to));
        expect(end === -1 || end === taken.length - 1).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('needs a fresh approve for each way into approved, after asking again too', () => {
    fc.assert(
      fc.property(interleavings, (events) => {
        for (const taken of play(events)) {
          if (taken.to === 'approved')
            expect(taken).toEqual({ event: 'approve', from: 'held', to: 'approved' });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('reaches claimed on no path of any length that leaves approved out', () => {
    const reached = new Set<ApprovalState>(['held']);
    for (const state of reached) {
      for (const event of EVENTS) {
        const result = transition(state, event);
        if (result.ok && result.state !== 'approved') reached.add(result.state);
      }
    }
    expect([...reached].toSorted()).toEqual(['denied', 'expired', 'held', 'withdrawn']);
  });
});

describe('the table, followed everywhere', () => {
  const next = (state: ApprovalState) =>
    EVENTS.flatMap((event) => {
      const result = transition(state, event);
      return result.ok ? [{ event, to: result.state }] : [];
    });
  const reachableFrom = (start: ApprovalState): ReadonlySet<ApprovalState> => {
    const reached = new Set<ApprovalState>();
    const open = [start];
    for (const state of open) {
      for (const { to } of next(state)) {
        if (!reached.has(to)) open.push(to);
        reached.add(to);
      }
    }
    return reached;
  };

  it('comes to every state from held, and back to held only by asking again', () => {
    expect([...reachableFrom('held')].toSorted()).toEqual(STATES.toSorted());
    const back = STATES.flatMap((from) =>
      next(from)
        .filter(({ to }) => to === 'held')
        .map(({ event }) => [from, event]),
    );
    expect(back).toEqual([['approved', 'ask_again']]);
  });

  // Guarantee: what ended without running, or may have run, never runs afterwards.
  it.each(['denied', 'expired', 'withdrawn', 'void', 'failed', 'unknown'] as const)(
    'leads from %s to no run',
    (state) => {
      expect([...reachableFrom(state)]).toEqual([]);
    },
  );

  it('leads from a claim back to a release nowhere: nothing is claimed a second time', () => {
    const after = reachableFrom('claimed');
    expect(after.has('approved')).toBe(false);
    expect(after.has('held')).toBe(false);
  });

  // Guarantee: one claim on each path, however long; another run needs an answer that asked for it.
  it('claims once on every path, of all paths up to twelve moves', () => {
    let paths = 0;
    const follow = (state: ApprovalState, taken: readonly ApprovalEvent[]): void => {
      paths += 1;
      const claims = taken.filter((event) => event === 'claim').length;
      expect(claims).toBeLessThanOrEqual(1);
      const runs = claims + taken.filter((event) => event === 'continue').length;
      const asked = taken.filter((event) => event === 'answer').length;
      // The run that is under way has no answer yet.
      expect(runs).toBeLessThanOrEqual(asked + 1);
      if (claims === 1) expect(taken.indexOf('approve')).toBeLessThan(taken.indexOf('claim'));
      if (taken.length === 12) return;
      for (const { event, to } of next(state)) follow(to, [...taken, event]);
    };
    follow('held', []);
    expect(paths).toBeGreaterThan(100);
  });
});
