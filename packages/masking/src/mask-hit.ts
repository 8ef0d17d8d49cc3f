import type { MaskForm } from './compile-masks.ts';
import { type Cause, nameOf } from './mask-plain-text.ts';
import { type Place, shownPath } from './place.ts';

/** One masked place. INVARIANT: never holds any part of the value. */
export interface MaskHit {
  /** Dotted, with masked keys; goes on into JSON that a text contains. */
  readonly path: string;
  /** The detector or the field pattern, or `limit` where a text was too deeply nested to be read. */
  readonly by: string;
  readonly as: MaskForm;
  /** Index into the rules; -1 where a limit was the cause. */
  readonly ruleIndex: number;
}

/** The hits of one walk, each place and rule once. */
export class HitLog {
  readonly #hits = new Map<string, MaskHit>();

  get all(): readonly MaskHit[] {
    return [...this.#hits.values()];
  }

  add(place: Place, cause: Cause): void {
    this.#put({
      path: shownPath(place),
      by: nameOf(cause),
      as: cause.as,
      ruleIndex: cause.ruleIndex,
    });
  }

  addLimit(place: Place): void {
    this.#put({ path: shownPath(place), by: 'limit', as: 'redact', ruleIndex: -1 });
  }

  #put(hit: MaskHit): void {
    this.#hits.set(`${hit.path}\n${hit.by}\n${hit.ruleIndex}`, hit);
  }
}
