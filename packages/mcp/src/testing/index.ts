export { FRAME_SEEDS } from './frame-seeds.ts';
export { mutate } from './mutate.ts';
export { SeededRandom } from './seeded-random.ts';
