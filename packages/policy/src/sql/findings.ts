/** What is gathered about the statements of a text, whatever their dialect. */
export interface Findings {
  kinds: Set<string>;
  tables: Set<string>;
  writtenTables: Set<string>;
  columns: Set<string>;
  functions: Set<string>;
  mutates: boolean;
  ddl: boolean;
  where: boolean;
}

/** Stands for all tables of all schemas, where a statement is about them without naming any. */
export const EVERY_TABLE = '*.*';

export function newFindings(): Findings {
  return {
    kinds: new Set(),
    tables: new Set(),
    writtenTables: new Set(),
    columns: new Set(),
    functions: new Set(),
    mutates: false,
    ddl: false,
    where: true,
  };
}

/** A qualified name is found with and without what qualifies it. */
export function addTableName(parts: readonly string[], findings: Findings): void {
  findings.writtenTables.add(parts.join('.'));
  for (let i = 0; i < parts.length; i++) findings.tables.add(parts.slice(i).join('.'));
}

export function addEveryTable(findings: Findings): void {
  findings.tables.add(EVERY_TABLE);
  findings.writtenTables.add(EVERY_TABLE);
}

/** What is done to a schema is done to whatever is in it: `s.*` stands for all of it. */
export function addWholeSchema(name: string, findings: Findings): void {
  findings.tables.add(`${name}.*`);
  findings.writtenTables.add(`${name}.*`);
}
