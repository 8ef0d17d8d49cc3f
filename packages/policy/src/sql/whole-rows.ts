import type { QualifiedColumn } from './column-notation.ts';

/** Where a text may read all columns of a table and name none of them. */
export interface RowFindings {
  /** Names by which a row of a table is known: its own, its alias, the alias of a join. */
  readonly rows: Set<string>;
  /** Columns that are written without a table. */
  readonly bareColumns: Set<string>;
}

/** What INSERT, UPDATE, DELETE and MERGE call the row as it was, as it is, and as it would be. */
export const ROWS_OF_WRITES = ['old', 'new', 'excluded'];

/** Built-in functions of one argument that tell what is in a row: `t.to_jsonb` calls `to_jsonb(t)`. */
const TELLING = new Set(
  `row_to_json to_json to_jsonb json_agg json_agg_strict jsonb_agg jsonb_agg_strict
   json_build_array jsonb_build_array array_agg any_value concat quote_literal quote_nullable max
   min`.split(/\s+/),
);

/** `select t from t`, `select t.to_jsonb from t`: as much as `select * from t`. */
export function readsWholeRow(
  { rows, bareColumns }: RowFindings,
  qualified: readonly QualifiedColumn[],
): boolean {
  return (
    [...bareColumns].some((name) => rows.has(name)) ||
    qualified.some(({ alias, name }) => rows.has(alias) && TELLING.has(name))
  );
}
