import {
  compileMasks,
  isProtocolField,
  maskFrame,
  type CompiledMasks,
  type MaskHit,
} from '@holdpoint/masking';
import { member, parseServerFrame, toValue, type Frame } from '@holdpoint/mcp';
import type { MaskRule } from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';

export interface Masked {
  readonly text: string;
  readonly hits: readonly MaskHit[];
  /** The masked answer no longer satisfies the tool's own schema, so a client would reject it. */
  readonly violatesSchema: boolean;
}

/** Masks what goes to the agent. What no mask touches stays byte for byte. */
@Injectable()
export class Masker {
  readonly #compiled = new WeakMap<readonly MaskRule[], CompiledMasks>();
  readonly #validators = new WeakMap<object, (value: unknown) => boolean>();

  mask(frame: Frame, rules: readonly MaskRule[], outputSchema?: unknown): Masked {
    if (rules.length === 0) return { text: frame.text, hits: [], violatesSchema: false };
    const { text, hits, changed } = maskFrame(frame, this.#compile(rules), {
      protectedPaths: isProtocolField,
      ...(outputSchema !== undefined && { outputSchema }),
    });
    return { text, hits, violatesSchema: changed && !this.#satisfies(text, outputSchema) };
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

/** SECURITY: an upstream writes both the pattern and the text; with JavaScript's own it could stall every call. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    // Ajv keeps patterns by their text; without one of its own each would stand for all.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linearRegExp' },
);
