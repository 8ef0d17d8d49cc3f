import { join, resolve } from 'node:path';

/** The repository's root. */
export const ROOT = resolve(import.meta.dirname, '../../..');

/** Where the stack keeps its data: `HOLDPOINT_HOME`, else `.holdpoint/` in the repository. */
export function homeFolder(): string {
  return resolve(process.env['HOLDPOINT_HOME'] ?? join(ROOT, '.holdpoint'));
}
