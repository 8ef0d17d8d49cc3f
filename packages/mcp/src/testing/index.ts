export { FRAME_SEEDS, HEADER_SEEDS } from './frame-seeds.ts';
export { mutate } from './mutate.ts';
export { SeededRandom } from './seeded-random.ts';
/** Another author's tolerant reader, which keeps every duplicate. */
export { type Node as TolerantNode, parseTree } from 'jsonc-parser';
