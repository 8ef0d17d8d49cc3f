import { COMMAND_CLIENTS } from './command-clients.ts';
import { LIBRARY_CLIENTS } from './library-clients.ts';
import type { MatrixClient } from './matrix-client.ts';

/** The rows of the matrix, as the table in docs/clients.md has them. */
export const MATRIX: readonly MatrixClient[] = [...LIBRARY_CLIENTS, ...COMMAND_CLIENTS];
