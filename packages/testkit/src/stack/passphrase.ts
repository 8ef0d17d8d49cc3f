import { randomInt } from 'node:crypto';

const WORDS =
  'amber anchor apple arrow autumn bamboo basket beacon birch bramble bridge bronze candle canyon cedar cherry clover cobalt copper coral cotton dragon ember falcon feather fern forest garden ginger glacier granite harbor hazel heron honey island ivory jasmine juniper kettle lagoon lantern lemon linen maple marble meadow mint mirror nectar nutmeg ocean olive opal orchid otter paper pebble pepper pine plum prairie quartz rabbit raven ribbon river robin saffron sailor sequoia silver sparrow spruce summer thistle thunder timber tulip velvet violet walnut willow winter'.split(
    ' ',
  );

/** Three words and three digits: easy to type from the terminal, made once per home. */
export function makePassphrase(): string {
  const word = () => WORDS[randomInt(WORDS.length)] ?? 'harbor';
  return `${word()}-${word()}-${word()}-${randomInt(100, 1_000)}`;
}
