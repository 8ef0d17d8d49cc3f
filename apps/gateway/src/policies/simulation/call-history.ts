import { parseDuration, type CompiledPolicy } from '@holdpoint/policy';
import { MAX_COUNT } from '../call-counts.sql.ts';

/** What calls are counted by: one caller's to one method and name of one connection. */
export interface CountedCall {
  readonly at: Date;
  readonly who: string;
  readonly connectionId: string;
  readonly method: string;
  readonly target: string;
}

/** The times of recorded calls as far back as a policy counts, so that rate rules simulate right. */
export class CallHistory {
  /** How far back any of the policies counts; none does at 0. */
  readonly longestMs: number;
  readonly #times = new Map<string, number[]>();

  constructor(...policies: readonly CompiledPolicy[]) {
    const windows = policies.flatMap(({ rules }) =>
      rules.flatMap(({ when, unless }) => [...(when?.windows ?? []), ...(unless?.windows ?? [])]),
    );
    this.longestMs = Math.max(0, ...windows.map(parseDuration));
  }

  /** In the order of their times. */
  add(call: CountedCall): void {
    if (this.longestMs === 0) return;
    const key = keyOf(call);
    const times = this.#times.get(key) ?? [];
    if (times.length === 0) this.#times.set(key, times);
    times.push(call.at.getTime());
    const horizon = call.at.getTime() - this.longestMs;
    if ((times[0] ?? horizon) < horizon) times.splice(0, firstAfter(times, horizon));
  }

  /** Calls before this one, within each window. Ask before adding the call itself. */
  countsFor(call: CountedCall, windows: readonly string[]): Readonly<Record<string, number>> {
    const times = this.#times.get(keyOf(call)) ?? [];
    const now = call.at.getTime();
    const counts = windows.map((window): [string, number] => [
      window,
      times.length - firstAfter(times, now - parseDuration(window)),
    ]);
    // As on the data path: a number beyond this one isn't known, and a rule that asks for it errs.
    return Object.fromEntries(counts.filter(([, count]) => count <= MAX_COUNT));
  }
}

function keyOf({ who, connectionId, method, target }: CountedCall): string {
  return JSON.stringify([who, connectionId, method, target]);
}

/** Index of the first time after `from`: a window leaves out the moment at its far end. */
function firstAfter(times: readonly number[], from: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= from) low = middle + 1;
    else high = middle;
  }
  return low;
}
