import type { VerdictRecord } from '@holdpoint/approval';
import type { VerdictRow } from './approval.ts';

export function toVerdictRecord(row: VerdictRow): VerdictRecord {
  return {
    step: row.step,
    person: row.personKey,
    actingFor: row.actingForKey,
    verdict: row.verdict,
    at: row.at,
  };
}
