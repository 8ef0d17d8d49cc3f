'use client';

import {
  simulationLineSchema,
  type SimulationInput,
  type SimulationResult,
} from '@holdpoint/contracts';
import { useEffect, useRef, useState } from 'react';
import { ApiFailure, sendForLines, toFailure } from '../../../lib/api.ts';

export type SimulationRun =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly judged: number; readonly total: number }
  | { readonly state: 'done'; readonly result: SimulationResult; readonly source: string }
  | { readonly state: 'failed'; readonly failure: ApiFailure };

export interface Simulator {
  readonly run: SimulationRun;
  start(input: SimulationInput): void;
  cancel(): void;
}

/** One simulation at a time; it ends when the page is left. */
export function useSimulation(): Simulator {
  const [run, setRun] = useState<SimulationRun>({ state: 'idle' });
  const current = useRef<AbortController>(null);
  useEffect(() => () => current.current?.abort(), []);

  const start = (input: SimulationInput) => {
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    const show = (next: SimulationRun) => {
      if (current.current === controller) setRun(next);
    };
    show({ state: 'running', judged: 0, total: 0 });
    void follow(input, controller.signal, show).catch((error: unknown) => {
      if (!controller.signal.aborted) show({ state: 'failed', failure: toFailure(error) });
    });
  };
  const cancel = () => {
    current.current?.abort();
    current.current = null;
    setRun({ state: 'idle' });
  };
  return { run, start, cancel };
}

async function follow(
  input: SimulationInput,
  signal: AbortSignal,
  show: (run: SimulationRun) => void,
): Promise<void> {
  const path = '/api/policy/simulations';
  let isDone = false;
  for await (const line of sendForLines(path, input, simulationLineSchema, signal)) {
    if (line.kind === 'progress') {
      show({ state: 'running', judged: line.judged, total: line.total });
    } else if (line.kind === 'result') {
      isDone = true;
      show({ state: 'done', result: line, source: input.source });
    } else throw new ApiFailure('internal', line.error.message);
  }
  if (!isDone && !signal.aborted) {
    throw new ApiFailure('network', 'The gateway stopped before it was done. Try again.');
  }
}
