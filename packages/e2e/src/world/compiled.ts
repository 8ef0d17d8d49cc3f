import { fileURLToPath } from 'node:url';

/** Gateways are started dozens of times, and needn't compile the same code each time. */
export const COMPILED_ONCE = {
  NODE_COMPILE_CACHE: fileURLToPath(
    new URL('../../../../node_modules/.cache/holdpoint-compiled', import.meta.url),
  ),
};
