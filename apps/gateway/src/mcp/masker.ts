import { compileMasks, maskFrame, type CompiledMasks, type MaskHit } from '@holdpoint/masking';
import { member, parseServerFrame, toValue, type Frame } from '@holdpoint/mcp';
import type { MaskRule } from '@holdpoint/policy';
import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../env.ts';
import { validatorOf } from '../platform/json-schema.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';

/**
 * Why a masked message must not be delivered: it no longer satisfies the tool's own schema, so a client
 * would reject it; or it holds more to mask than one message may.
 */
export type WithheldFor = 'schema' | 'budget';

export interface Masked {
  readonly text: string;
  /** The first places; `hitCount` says how many values were masked. */
  readonly hits: readonly MaskHit[];
  readonly hitCount: number;
  readonly withheld: WithheldFor | null;
}

/** Masks what goes to the agent. What no mask touches stays byte for byte. */
@Injectable()
export class Masker {
  readonly #compiled = new WeakMap<readonly MaskRule[], CompiledMasks>();
  readonly #maxBytes: number;

  constructor(@Inject(ENVIRONMENT) env: Environment) {
    this.#maxBytes = env.HOLDPOINT_MAX_FRAME_BYTES;
  }

  mask(frame: Frame, rules: readonly MaskRule[], outputSchema?: unknown): Masked {
    if (rules.length === 0) return { text: frame.text, hits: [], hitCount: 0, withheld: null };
    const { text, hits, hitCount, changed, overBudget } = maskFrame(frame, this.#compile(rules), {
      maxOutputLength: this.#maxBytes,
      ...(outputSchema !== undefined && { outputSchema }),
    });
    if (overBudget !== null) return nothing('budget');
    if (!changed) return { text, hits, hitCount, withheld: null };
    // Every character is a byte at least; a masked message obeys the bound of any other.
    if (Buffer.byteLength(text) > this.#maxBytes) return nothing('budget');
    return this.#satisfies(text, outputSchema)
      ? { text, hits, hitCount, withheld: null }
      : nothing('schema');
  }

  #compile(rules: readonly MaskRule[]): CompiledMasks {
    const known = this.#compiled.get(rules);
    if (known) return known;
    const compiled = compileMasks(rules);
    this.#compiled.set(rules, compiled);
    return compiled;
  }

  #satisfies(text: string, outputSchema: unknown): boolean {
    if (typeof outputSchema !== 'object' || outputSchema === null) return true;
    const parsed = parseServerFrame(text);
    if (parsed.kind !== 'frame' || parsed.frame.message.kind !== 'result') return true;
    const structured = member(parsed.frame.message.result, 'structuredContent');
    return structured === undefined || isValid(outputSchema, toValue(structured));
  }
}

/** Upstream schemas are hostile input: one that can't be compiled validates nothing, and the answer is withheld. */
function isValid(schema: object, value: unknown): boolean {
  try {
    return validatorOf(schema)(value).length === 0;
  } catch {
    return false;
  }
}

/**
 * Every rule of several lists, each once. Keeps a list itself where the others add nothing to it:
 * compiled masks are remembered by it.
 */
export function unionOf(...lists: readonly (readonly MaskRule[])[]): readonly MaskRule[] {
  const [first = [], ...rest] = lists.filter((list) => list.length > 0);
  const known = new Set(first);
  const added = [...new Set(rest.flat())].filter((rule) => !known.has(rule));
  if (added.length === 0) return first;
  // The same rule of two versions of a policy is two objects.
  const byText = new Map([...added, ...first].map((rule) => [JSON.stringify(rule), rule]));
  return byText.size === first.length ? first : [...byText.values()];
}

/** INVARIANT: what is withheld hands on no text that could be delivered all the same. */
function nothing(withheld: WithheldFor): Masked {
  return { text: '', hits: [], hitCount: 0, withheld };
}
