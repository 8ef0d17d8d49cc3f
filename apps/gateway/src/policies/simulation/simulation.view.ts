import type { ChangedCall, PersonRef, RecordedCall, SimulationResult } from '@holdpoint/contracts';
import type {
  ChangedCall as Changed,
  RulingInShort,
  SimulationResult as Result,
} from '@holdpoint/policy';

/** What a simulation added up, as it travels. */
export function toSimulationResult(
  { judged, totals, flips, rerouted, masks, drift, holds, load, rules }: Result<RecordedCall>,
  about: Pick<SimulationResult, 'version' | 'span' | 'notJudged'>,
  nameOf: (key: string) => PersonRef,
): SimulationResult {
  return {
    kind: 'result',
    ...about,
    judged,
    totals,
    flips: flips.map(({ calls, ...flip }) => ({ ...flip, calls: calls.map(toChange) })),
    rerouted: { count: rerouted.count, calls: rerouted.calls.map(toChange) },
    masks,
    drift: [...drift],
    holds,
    load: load.map(({ chain, reviewers: { groups, people, onCall }, before, after, turns }) => ({
      chain,
      reviewers: {
        groups: [...groups],
        people: people.map(nameOf),
        onCall:
          onCall === undefined
            ? null
            : {
                rota: onCall,
                turns: turns.map(({ person, ...counts }) => ({
                  person: person === undefined ? null : nameOf(person),
                  ...counts,
                })),
              },
      },
      before,
      after,
    })),
    rules: rules.map(({ ruleId, effect, observed, before, after }) => ({
      ruleId,
      effect: effect ?? null,
      observed,
      before: before ?? null,
      after: after ?? null,
    })),
  };
}

function toChange({ call, before, after }: Changed<RecordedCall>): ChangedCall {
  return { call, before: toRuling(before), after: toRuling(after) };
}

function toRuling({ effect, source, rules }: RulingInShort): ChangedCall['before'] {
  return { effect, source, rules: [...rules] };
}
