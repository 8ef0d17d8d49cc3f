import { z } from 'zod';
import type { Findings } from './examine.ts';
import type { Kill } from './steps.ts';
import type { Trial } from './trial.ts';

const rowSchema = z.object({
  kills: z.int(),
  heldAnswered: z.int(),
  heldDenied: z.int(),
  unknownRan: z.int(),
  unknownNotRun: z.int(),
  allowedAnswered: z.int(),
  allowedSilentRan: z.int(),
  allowedSilentNotRun: z.int(),
});
type Row = z.infer<typeof rowSchema>;

/** What a run of kills came to; adds up over several runs. */
export const outcomeSchema = z.object({
  rows: z.record(z.string(), rowSchema),
  kills: z.int(),
  /** Calls that agents wanted to have made. */
  calls: z.int(),
  runs: z.int(),
  broken: z.array(z.string()),
});
export type Outcome = z.infer<typeof outcomeSchema>;

const EMPTY: Row = {
  kills: 0,
  heldAnswered: 0,
  heldDenied: 0,
  unknownRan: 0,
  unknownNotRun: 0,
  allowedAnswered: 0,
  allowedSilentRan: 0,
  allowedSilentNotRun: 0,
};

export const NOTHING_YET: Outcome = { rows: {}, kills: 0, calls: 0, runs: 0, broken: [] };

/**
 * Each call counts once: an unknown one for the kill that found it claimed, any other for the last
 * kill that found it under way.
 */
export function tally(
  kills: readonly Kill[],
  trials: readonly Trial[],
  { broken, unknown, runs }: Findings,
): Outcome {
  const rows: Record<string, Row> = {};
  for (const { name } of kills) {
    const row = (rows[name] ??= { ...EMPTY });
    row.kills += 1;
  }
  for (const trial of trials) {
    const approvalId = unknown.get(trial.key);
    const kill =
      kills.find(({ claimed }) => approvalId !== undefined && claimed.includes(approvalId)) ??
      kills[trial.kills.at(-1) ?? -1];
    const row = kill && rows[kill.name];
    if (row) row[columnOf(trial, approvalId !== undefined, (runs.get(trial.key) ?? 0) > 0)] += 1;
  }
  const ran = [...runs.values()].reduce((sum, each) => sum + each, 0);
  return { rows, kills: kills.length, calls: trials.length, runs: ran, broken: [...broken] };
}

function columnOf({ tool, ending }: Trial, isUnknown: boolean, hasRun: boolean): keyof Row {
  if (isUnknown) return hasRun ? 'unknownRan' : 'unknownNotRun';
  if (tool === 'pay') return ending === 'answered' ? 'heldAnswered' : 'heldDenied';
  if (ending === 'answered') return 'allowedAnswered';
  return hasRun ? 'allowedSilentRan' : 'allowedSilentNotRun';
}

export function addOutcomes(a: Outcome, b: Outcome): Outcome {
  const rows = { ...a.rows };
  for (const [name, row] of Object.entries(b.rows)) rows[name] = addRows(rows[name] ?? EMPTY, row);
  return {
    rows,
    kills: a.kills + b.kills,
    calls: a.calls + b.calls,
    runs: a.runs + b.runs,
    broken: [...a.broken, ...b.broken],
  };
}

function addRows(a: Row, b: Row): Row {
  return {
    kills: a.kills + b.kills,
    heldAnswered: a.heldAnswered + b.heldAnswered,
    heldDenied: a.heldDenied + b.heldDenied,
    unknownRan: a.unknownRan + b.unknownRan,
    unknownNotRun: a.unknownNotRun + b.unknownNotRun,
    allowedAnswered: a.allowedAnswered + b.allowedAnswered,
    allowedSilentRan: a.allowedSilentRan + b.allowedSilentRan,
    allowedSilentNotRun: a.allowedSilentNotRun + b.allowedSilentNotRun,
  };
}

const HEAD = [
  'killed',
  'kills',
  'held: ran once, answered',
  'held: denied, not run',
  'held: unknown (had run / had not)',
  'allowed: ran once, answered',
  'allowed: no answer (had run / had not)',
];

/** As Markdown, in the order in which a call passes the steps. */
export function tableOf(outcome: Outcome, order: readonly string[]): string {
  const names = [...new Set([...order, ...Object.keys(outcome.rows)])];
  const lines = names.flatMap((name) => {
    const row = outcome.rows[name];
    return row === undefined ? [] : [line(name, row)];
  });
  const sum = Object.values(outcome.rows).reduce(addRows, EMPTY);
  const dashes = HEAD.map((_, index) => (index === 0 ? '---' : '--:'));
  return [asRow(HEAD), asRow(dashes), ...lines, line('**all**', sum)].join('\n');
}

function line(name: string, row: Row): string {
  return asRow([
    name,
    String(row.kills),
    String(row.heldAnswered),
    String(row.heldDenied),
    `${row.unknownRan} / ${row.unknownNotRun}`,
    String(row.allowedAnswered),
    `${row.allowedSilentRan} / ${row.allowedSilentNotRun}`,
  ]);
}

function asRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
