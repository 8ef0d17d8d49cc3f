export { TestkitError, type TestkitErrorCode } from './testkit.error.ts';
export {
  startPostgres,
  type EmbeddedDatabase,
  type StartPostgresOptions,
} from './postgres/start-postgres.ts';
export { findFreePort } from './process/free-port.ts';
