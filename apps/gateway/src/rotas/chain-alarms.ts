import { chainFaults, stepOutlooks, type ChainStep, type Knowledge } from '@holdpoint/approval';
import type { ChainAlarm } from '@holdpoint/contracts';
import type { CompiledPolicy } from '@holdpoint/policy';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import { stepsOfConnection } from '../connections/chain-check.ts';

const SOME_TIME_MS = 1;

type ConnectionInForce = Pick<ConnectionRecord, 'id' | 'slug' | 'title' | 'chain'>;

/** A chain as it is asked: one of the policy, or a connection's own. */
interface ChainInForce {
  readonly connection: ConnectionInForce | null;
  readonly name: string;
  readonly steps: readonly ChainStep[];
}

/** A step that is wrong, by where it is. */
export interface WrongStep extends Pick<ChainAlarm, 'chain' | 'step' | 'verdict' | 'message'> {
  readonly id: string;
  readonly connection: ConnectionInForce | null;
}

export function chainsInForce(
  chains: CompiledPolicy['chains'],
  connections: readonly ConnectionInForce[],
): readonly ChainInForce[] {
  const ofPolicy = [...chains.values()].map(({ name, steps }) => {
    const timed = steps.map((step) => ({ ...step, deadlineMs: step.deadlineMs ?? SOME_TIME_MS }));
    return { connection: null, name, steps: timed };
  });
  const ofConnections = connections.map((connection) => {
    return { connection, name: 'default', steps: stepsOfConnection(connection.chain) };
  });
  return [...ofPolicy, ...ofConnections];
}

/**
 * Pure: the steps in force that nobody can satisfy as the rotas are, or as far as sign-ins tell.
 *
 * @param knowledge `undefined` while nobody has signed in: then nothing is known of anybody
 */
export function wrongSteps(
  chains: readonly ChainInForce[],
  rotas: ReadonlyMap<string, readonly string[]>,
  knowledge: Knowledge | undefined,
): readonly WrongStep[] {
  return chains.flatMap(({ connection, name, steps }) => {
    const at = (step: number) => ({
      id: JSON.stringify([connection?.id ?? null, name, step]),
      connection,
      chain: name,
      step,
    });
    const faults = new Map(chainFaults(steps, rotas).map(({ step, message }) => [step, message]));
    const outlooks = knowledge === undefined ? [] : stepOutlooks(steps, knowledge);
    return steps.flatMap((_, step): readonly WrongStep[] => {
      // Without its rota there is nothing that people could be counted for.
      const fault = faults.get(step);
      if (fault !== undefined) return [{ ...at(step), verdict: 'empty', message: fault }];
      const outlook = outlooks[step];
      return outlook === undefined || outlook.verdict === 'fine' || outlook.message === null
        ? []
        : [{ ...at(step), verdict: outlook.verdict, message: outlook.message }];
    });
  });
}
