import { addTableName, type Findings } from './findings.ts';
import { isRecord, nameParts, stringValue } from './names.ts';

type Node = Readonly<Record<string, unknown>>;

const TABLES = new Set(
  ['TABLE', 'VIEW', 'MATVIEW', 'SEQUENCE', 'FOREIGN_TABLE'].map((type) => `OBJECT_${type}`),
);
/** Named by their table and then their own name. */
const PARTS_OF_TABLES = new Set(
  ['COLUMN', 'TRIGGER', 'RULE', 'POLICY', 'TABCONSTRAINT'].map((type) => `OBJECT_${type}`),
);

/** COMMENT and SECURITY LABEL name their object as a list of strings. */
export function addLabelled({ objtype, object }: Node, findings: Findings): void {
  const list = isRecord(object) ? object['List'] : undefined;
  if (!isRecord(list) || typeof objtype !== 'string') return;
  const parts = nameParts(list['items']);
  if (TABLES.has(objtype)) addTableName(parts, findings);
  if (PARTS_OF_TABLES.has(objtype)) addTableName(parts.slice(0, -1), findings);
}

/** What is done to a schema is done to whatever is in it: `s.*` stands for all of it. */
export function addSchemas(node: Node, findings: Findings): void {
  const type = node['removeType'] ?? node['renameType'] ?? node['objectType'] ?? node['objtype'];
  const isAllIn = node['targtype'] === 'ACL_TARGET_ALL_IN_SCHEMA';
  if (type === 'OBJECT_SCHEMA' || isAllIn) {
    const objects = Array.isArray(node['objects']) ? node['objects'] : [node['object']];
    for (const object of objects) addSchema(stringValue(object), findings);
    addSchema(node['subname'], findings);
  }
  if (node['pubobjtype'] === 'PUBLICATIONOBJ_TABLES_IN_SCHEMA') addSchema(node['name'], findings);
}

function addSchema(name: unknown, findings: Findings): void {
  if (typeof name !== 'string') return;
  findings.tables.add(`${name}.*`);
  findings.writtenTables.add(`${name}.*`);
}
