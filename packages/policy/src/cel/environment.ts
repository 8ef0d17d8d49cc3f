import { Environment } from '@marcbachmann/cel-js';
import { cidrContains } from '../cidr.ts';
import { compileGlob } from '../glob.ts';
import { PolicyError } from '../policy-error.ts';
import { spend } from './budget.ts';
import { CONVERSIONS } from './conversions.ts';
import { countOf } from './counts.ts';
import { CelSqlFacts, celSqlFacts, SQL_FIELDS } from './facts.ts';
import { isWithin } from './office-hours.ts';
import { MAX_MATCHED_TEXT, matchesPattern } from './pattern.ts';
import { ACCESSORS, zonedTime } from './zoned-time.ts';

const LINEAR_MATCHES = 'linearMatches';
const ZONED = 'inZone_';
const CAREFUL = 'careful_';

/**
 * The name under which a method is called once a condition has been read. Ours stand in for some of
 * the library's: its `matches` backtracks, and its accessors with a time zone take the local time of
 * that zone for one of the process' own, where other hours are missing.
 */
export function standIn(method: string, argumentCount: number): string {
  if (method === 'matches') return LINEAR_MATCHES;
  // Without a zone, this is the one that looks at the process' own.
  const isZoned = argumentCount > 0 || method === 'getDayOfYear';
  return isZoned && ACCESSORS.has(method) ? `${ZONED}${method}` : method;
}

/** The same of a function: conversions that read texts more strictly than the library's. */
export function functionStandIn(name: string): string {
  return Object.hasOwn(CONVERSIONS, name) ? `${CAREFUL}${name}` : name;
}

/** A text with functions under the names that a policy calls them by. */
export function asWritten(text: string): string {
  return text.replaceAll(LINEAR_MATCHES, 'matches').replaceAll(ZONED, '').replaceAll(CAREFUL, '');
}

/**
 * What conditions can say: their variables with types, and their functions. A variable or field
 * that isn't listed here is refused when a policy is saved.
 */
export const conditionEnvironment = new Environment({
  limits: { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 500, maxMapEntries: 100 },
})
  .registerVariable({ name: 'connection', schema: { name: 'string' } })
  .registerVariable({
    name: 'call',
    schema: { method: 'string', name: 'string', uri: 'string', params: 'dyn' },
  })
  .registerVariable({
    name: 'tool',
    schema: {
      name: 'string',
      title: 'string',
      description: 'string',
      annotations: 'map',
      inputSchema: 'dyn',
    },
  })
  .registerVariable('args', 'dyn')
  .registerVariable({
    name: 'caller',
    schema: {
      subject: 'string',
      issuer: 'string',
      groups: 'list<string>',
      kind: 'string',
      clientId: 'string',
    },
  })
  .registerVariable({
    name: 'session',
    schema: { id: 'string', client: { name: 'string', version: 'string' } },
  })
  .registerVariable('now', 'google.protobuf.Timestamp')
  .registerType('SqlFacts', { ctor: CelSqlFacts, fields: SQL_FIELDS })
  .registerFunction('sql(string): SqlFacts', celSqlFacts, { async: false })
  .registerFunction('sql(string, string): SqlFacts', celSqlFacts, { async: false })
  .registerFunction(
    'SqlFacts.touches(string): bool',
    (facts: CelSqlFacts, pattern: string) => facts.touches(pattern),
    { async: false },
  )
  .registerFunction('count(string): int', countOf, { async: false })
  .registerFunction('glob(string, string): bool', globMatches, { async: false })
  .registerFunction('cidr(string, string): bool', cidrContains, { async: false })
  .registerFunction('within(google.protobuf.Timestamp, string, string): bool', isWithin, {
    async: false,
  })
  .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, matchesPattern, { async: false });

const MOMENT = 'google.protobuf.Timestamp';
for (const [name, field] of ACCESSORS) {
  conditionEnvironment
    .registerFunction(`${MOMENT}.${ZONED}${name}(): int`, field, { async: false })
    .registerFunction(
      `${MOMENT}.${ZONED}${name}(string): int`,
      (moment: Date, zone: string) => field(zonedTime(moment, zone)),
      { async: false },
    );
}

for (const [name, overloads] of Object.entries(CONVERSIONS)) {
  for (const [signature, convert] of Object.entries(overloads)) {
    const [takes = '', gives = ''] = signature.split(': ');
    conditionEnvironment.registerFunction(`${CAREFUL}${name}(${takes}): ${gives}`, convert, {
      async: false,
    });
  }
}

function globMatches(pattern: string, text: string): boolean {
  if (text.length > MAX_MATCHED_TEXT) {
    throw new PolicyError('text_too_large', 'The text is too long for a pattern.');
  }
  spend((text.length + 1) * (pattern.length + 1));
  return compileGlob(pattern)(text);
}
