import { Budget } from './budget.ts';
import type { CompiledMasks, DetectorRule } from './compile-masks.ts';
import { MEMBER_DETECTORS } from './detectors/detect.ts';
import { type Cause, maskPlainText } from './mask-plain-text.ts';

/** What a member's key says: about itself, and about its value. */
export interface KeyReading {
  /** What is left of the key. */
  readonly masked: string;
  readonly causes: readonly Cause[];
  /** Rules whose detector takes the key's word for what the value is. */
  readonly announces: readonly DetectorRule[];
}

/**
 * Keys repeat from row to row and from answer to answer; a map of distinct keys must not grow without
 * end, nor keep what is too long to be a name.
 */
const MAX_READINGS = 4096;
const MAX_KEY = 128;
const MAX_ROUNDS = 4;

/** Reads each key once. */
export class KeyReader {
  readonly #masks: CompiledMasks;
  readonly #readings = new Map<string, KeyReading>();

  constructor(masks: CompiledMasks) {
    this.#masks = masks;
  }

  /** Whether it can learn nothing more: the next message gets a new one. */
  get isFull(): boolean {
    return this.#readings.size >= MAX_READINGS;
  }

  read(key: string): KeyReading {
    const known = this.#readings.get(key);
    if (known !== undefined) return known;
    const reading = this.#compute(key);
    if (key.length <= MAX_KEY && !this.isFull) this.#readings.set(key, reading);
    return reading;
  }

  #compute(key: string): KeyReading {
    // A budget of its own: a key is read more often than it is renamed, and is counted there.
    const budget = new Budget({});
    const first = maskPlainText(key, this.#masks, budget);
    let masked = first.text;
    for (let round = 1; round < MAX_ROUNDS && first.causes.length > 0; round += 1)
      masked = maskPlainText(masked, this.#masks, budget).text;
    const announces = this.#masks.detectors.filter(({ detector }) =>
      MEMBER_DETECTORS[detector]?.isKey(key),
    );
    return { masked, causes: first.causes, announces };
  }
}
