import { nextTimer, progress, stepsNow, type OnCallNow, type Step } from '@holdpoint/approval';
import type { ChainTime } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { PeopleRepository } from '../identity/people.repository.ts';
import { RotaRegistry } from '../rotas/rota-registry.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';
import { reviewersOf } from './timer-words.ts';
import { toVerdictRecord } from './verdict-record.ts';

/** The time of an approval's chain as its page shows it, with names. */
@Injectable()
export class ChainTimes {
  constructor(
    private readonly rotas: RotaRegistry,
    private readonly people: PeopleRepository,
  ) {}

  /** Who is on call at this moment, for what is shown. */
  onCall(): OnCallNow {
    return this.rotas.onCall(new Date());
  }

  async of(approval: ApprovalRecord, verdicts: readonly VerdictRow[]): Promise<ChainTime> {
    const onCall = this.onCall();
    const rotas = approval.steps.map(({ reviewers }) => reviewers.onCall ?? null);
    const named = [...new Set([...rotas, ...roundRotas(approval)])].filter((rota) => rota !== null);
    const current = this.#current(approval, verdicts, onCall);
    const inChain = [...new Set([...(current?.people ?? []), ...peopleNamed(approval)])];
    const nameOf = await this.people.refsOf([
      ...inChain,
      ...named.flatMap((rota) => onCall(rota) ?? []),
    ]);
    return {
      current: current && { ...current, people: current.people.map(nameOf) },
      onCall: named.map((rota) => {
        const key = onCall(rota);
        return { rota, person: key === undefined ? null : nameOf(key) };
      }),
      rotas,
      happened: [...(approval.timers?.log ?? [])],
      names: inChain.map(nameOf),
    };
  }

  #current(approval: ApprovalRecord, verdicts: readonly VerdictRow[], onCall: OnCallNow) {
    const { steps, timers, state } = approval;
    const { currentStep } = progress(steps, verdicts.map(toVerdictRecord));
    const step = currentStep === null ? undefined : steps[currentStep];
    if (state !== 'held' || currentStep === null || step === undefined) return null;
    if (timers?.step !== currentStep) return null;
    const next = nextTimer(step, timers.openedAt, timers.fired);
    const asked = stepsNow(steps, timers, onCall)[currentStep]?.reviewers;
    if (next === null || asked === undefined) return null;
    return {
      step: currentStep,
      openedAt: timers.openedAt.toISOString(),
      endsAt: timers.endsAt.toISOString(),
      next: {
        kind: next.kind,
        at: next.at.toISOString(),
        to: next.kind === 'escalate' ? reviewersOf(next.to) : null,
      },
      groups: [...asked.groups],
      people: [...asked.people],
    };
  }
}

function roundRotas({ steps }: ApprovalRecord): readonly string[] {
  return steps.flatMap((step) => roundsOf(step).flatMap(({ to }) => to.onCall ?? []));
}

/** By key, whom its steps and rounds name. */
function peopleNamed({ steps }: ApprovalRecord): readonly string[] {
  return steps.flatMap((step) => [
    ...step.reviewers.people,
    ...roundsOf(step).flatMap(({ to }) => to.people),
  ]);
}

function roundsOf({ onDeadline }: Pick<Step, 'onDeadline'>) {
  return onDeadline !== 'deny' && onDeadline.kind === 'escalate' ? onDeadline.rounds : [];
}
