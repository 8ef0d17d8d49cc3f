import { describe, expect, it } from '@jest/globals';
import { Simulation, type SimulatedRuling } from './simulate.ts';
import { compiled } from './testing/fixtures.ts';

const NOTHING = compiled('rules: []');

function held(onCall: string | undefined, quorum = 1): SimulatedRuling {
  const reviewers = { groups: ['dba'], people: [], ...(onCall !== undefined && { onCall }) };
  return {
    effect: 'hold',
    source: 'rule',
    decision: { deciding: [], outcomes: [], masks: [] },
    steps: [{ chain: 'duty', reviewers, quorum }],
  };
}

describe('steps that ask a rota', () => {
  it('are counted for whoever was on call then', () => {
    const simulation = new Simulation<string>(NOTHING, NOTHING);
    const shifts = ['ann', 'ben', 'ann', undefined];
    for (const [at, person] of shifts.entries())
      simulation.add(`call ${at}`, 'hold', held(undefined), held('nights', 2), () => person);
    const [before, after] = simulation.result().load;
    expect(before).toMatchObject({ before: 4, after: 0, turns: [] });
    expect(after).toMatchObject({ before: 0, after: 8 });
    expect(after?.turns).toEqual([
      { person: 'ann', before: 0, after: 4 },
      { person: 'ben', before: 0, after: 2 },
      { person: undefined, before: 0, after: 2 },
    ]);
  });

  it('are other steps when they ask another rota', () => {
    const simulation = new Simulation<string>(NOTHING, NOTHING);
    simulation.add('a', 'hold', held('nights'), held('weekends'), () => 'ann');
    simulation.add('b', 'hold', held('nights'), held('nights'), () => 'ann');
    const { rerouted, load } = simulation.result();
    expect(rerouted.calls.map(({ call }) => call)).toEqual(['a']);
    expect(load).toHaveLength(2);
  });
});
