import { addEveryTable, addTableName, addWholeSchema, type Findings } from './findings.ts';
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

/** Schemas that are dropped, renamed, commented on, granted or published as a whole. */
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

/**
 * Statements about a whole schema or database that name none of its tables. What they do to all that
 * there is stands as {@link EVERY_TABLE}.
 */
export function addWholes(kind: string, node: Node, findings: Findings): void {
  switch (kind) {
    case 'reindex':
      if (node['kind'] === 'REINDEX_OBJECT_SCHEMA') addSchema(node['name'], findings);
      else if (node['relation'] === undefined) addEveryTable(findings);
      break;
    case 'create_schema':
      addSchema(node['schemaname'], findings);
      break;
    case 'import_foreign_schema':
      addSchema(node['local_schema'], findings);
      break;
    case 'alter_object_schema':
      addSchema(node['newschema'], findings);
      break;
    case 'alter_default_privileges': {
      const schemas = schemasOfDefaults(node);
      if (schemas.length === 0) addEveryTable(findings);
      for (const name of schemas) addSchema(name, findings);
      break;
    }
    case 'create_publication':
      if (node['for_all_tables'] === true) addEveryTable(findings);
      break;
    case 'vacuum':
      if (node['rels'] === undefined) addEveryTable(findings);
      break;
    case 'cluster':
      if (node['relation'] === undefined) addEveryTable(findings);
      break;
    case 'alter_table_move_all':
    case 'drop_database':
    case 'drop_owned':
    case 'reassign_owned':
      addEveryTable(findings);
      break;
  }
}

function schemasOfDefaults({ options }: Node): readonly string[] {
  if (!Array.isArray(options)) return [];
  return options.flatMap((option: unknown) => {
    const element = isRecord(option) ? option['DefElem'] : undefined;
    if (!isRecord(element) || element['defname'] !== 'schemas') return [];
    const list = isRecord(element['arg']) ? element['arg']['List'] : undefined;
    return isRecord(list) ? nameParts(list['items']) : [];
  });
}

function addSchema(name: unknown, findings: Findings): void {
  if (typeof name === 'string') addWholeSchema(name, findings);
}
