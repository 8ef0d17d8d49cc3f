import { RE2JS } from 're2js';
import { PolicyError } from '../policy-error.ts';
import { COST, spend } from './budget.ts';

/** Longest text that a regular expression is tried on. */
export const MAX_MATCHED_TEXT = 256 * 1024;
const MAX_PATTERN_LENGTH = 1_024;
const MAX_REMEMBERED = 4_096;

/** Filled when policies compile; patterns are literals of policies, never input of an agent. */
const compiled = new Map<string, RE2JS>();

/**
 * Compiles a pattern with RE2's syntax and its linear-time guarantee.
 *
 * @throws PolicyError `invalid_pattern`
 */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new PolicyError(
      'invalid_pattern',
      `A regular expression may have at most ${MAX_PATTERN_LENGTH} characters.`,
    );
  }
  let program: RE2JS;
  try {
    program = RE2JS.compile(pattern);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new PolicyError('invalid_pattern', `Invalid regular expression: ${detail}`, { cause });
  }
  if (compiled.size >= MAX_REMEMBERED) compiled.clear();
  compiled.set(pattern, program);
  return program;
}

/**
 * Whether the pattern occurs anywhere in the text, as CEL's `matches` says.
 *
 * @param text - attacker-controlled
 */
export function matchesPattern(text: string, pattern: string): boolean {
  if (text.length > MAX_MATCHED_TEXT) {
    throw new PolicyError('text_too_large', 'The text is too long for a regular expression.');
  }
  spend(COST.patternCall + COST.patternCharacter * text.length);
  return compilePattern(pattern).test(text);
}
