import type { JsonObject, JsonValue } from './canonical-json.ts';
import type { EntryContent } from './entry.ts';

/**
 * The account of one approval, carried by entries as `data.approvalRecord` beside `approval`, its
 * id. An approval may be accounted for more than once (decided, then answered); the last one counts.
 */
export interface ApprovalRecord extends JsonObject {
  readonly askedBy: string;
  /** RFC 3339 in UTC, as `decidedAt`. */
  readonly askedAt: string;
  readonly connection: string;
  readonly what: string;
  readonly decidedBy: readonly string[];
  readonly decidedAt: string | null;
  readonly why: string | null;
  readonly outcome: string;
}

/** One line of the approvals CSV: who asked, what, who decided, when, why, and what came of it. */
export interface ApprovalRow extends ApprovalRecord {
  readonly approval: string;
  /** Position of the entry that says so. */
  readonly position: number;
}

/** Gathers the approvals of a run of entries, in the order in which they first appear. */
export class ApprovalRegister {
  readonly #rows = new Map<string, ApprovalRow>();

  add(position: number, entry: EntryContent): void {
    const approval = entry['approval'];
    const data = entry['data'];
    const record = isObject(data) ? readApprovalRecord(data['approvalRecord']) : undefined;
    if (typeof approval !== 'string' || record === undefined) return;
    this.#rows.set(approval, { ...record, approval, position });
  }

  rows(): ApprovalRow[] {
    return [...this.#rows.values()];
  }
}

const columns: readonly { title: string; cell: (row: ApprovalRow) => string }[] = [
  { title: 'position', cell: (row) => String(row.position) },
  { title: 'approval', cell: (row) => row.approval },
  { title: 'asked by', cell: (row) => row.askedBy },
  { title: 'asked at (UTC)', cell: (row) => row.askedAt },
  { title: 'connection', cell: (row) => row.connection },
  { title: 'what', cell: (row) => row.what },
  { title: 'decided by', cell: (row) => row.decidedBy.join('; ') },
  { title: 'decided at (UTC)', cell: (row) => row.decidedAt ?? '' },
  { title: 'why', cell: (row) => row.why ?? '' },
  { title: 'outcome', cell: (row) => row.outcome },
];

/** The approvals as RFC 4180 CSV with a header line; safe to open in a spreadsheet. */
export function approvalsCsv(rows: readonly ApprovalRow[]): string {
  const lines = rows.map((row) => columns.map(({ cell }) => cell(row)));
  return csvText([columns.map(({ title }) => title), ...lines]);
}

/** RFC 4180; cells are made safe to open in a spreadsheet. The first row is the header. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(text: string): string {
  // A spreadsheet runs a cell that begins like a formula, and agents write some of these texts.
  const inert = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function readApprovalRecord(value: JsonValue | undefined): ApprovalRecord | undefined {
  if (!isObject(value)) return undefined;
  const { askedBy, askedAt, connection, what, decidedBy, decidedAt, why, outcome } = value;
  const readable =
    typeof askedBy === 'string' &&
    typeof askedAt === 'string' &&
    typeof connection === 'string' &&
    typeof what === 'string' &&
    typeof outcome === 'string' &&
    isTexts(decidedBy) &&
    isTextOrNull(decidedAt) &&
    isTextOrNull(why);
  return readable
    ? { askedBy, askedAt, connection, what, decidedBy, decidedAt, why, outcome }
    : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isTextOrNull(value: JsonValue | undefined): value is string | null {
  return value === null || typeof value === 'string';
}
