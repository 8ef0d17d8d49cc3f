/** What the corpus says about one text: the facts that matter for it. */
export interface SqlCase {
  readonly name: string;
  readonly sql: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A statement and what it shows. */
export type NamedSql = readonly [name: string, sql: string];
