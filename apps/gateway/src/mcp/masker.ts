import { compileMasks, maskFrame, type CompiledMasks, type MaskHit } from '@holdpoint/masking';
import { member, parseServerFrame, toValue, type Frame } from '@holdpoint/mcp';
import type { MaskRule } from '@holdpoint/policy';
import { Inject, Injectable } from '@nestjs/common';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import type { Environment } from '../env.ts';
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
  readonly #validators = new WeakMap<object, (value: unknown) => boolean>();
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
    return structured === undefined || this.#validator(outputSchema)(toValue(structured));
  }

  /** Upstream schemas are hostile input: one that can't be compiled validates nothing, and the answer is withheld. */
  #validator(schema: object): (value: unknown) => boolean {
    const known = this.#validators.get(schema);
    if (known) return known;
    let validate: (value: unknown) => boolean = () => false;
    try {
      const compiled = new Ajv2020({
        strict: false,
        logger: false,
        validateFormats: false,
        code: { regExp: linearRegExp },
      }).compile(schema);
      validate = (value) => compiled(value) === true;
    } catch {
      // Stays `false`.
    }
    this.#validators.set(schema, validate);
    return validate;
  }
}

/** INVARIANT: what is withheld hands on no text that could be delivered all the same. */
function nothing(withheld: WithheldFor): Masked {
  return { text: '', hits: [], hitCount: 0, withheld };
}

/** SECURITY: an upstream writes both the pattern and the text; with JavaScript's own it could stall every call. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    // Ajv keeps patterns by their text; without one of its own each would stand for all.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linearRegExp' },
);
