import { type Detector, DETECTORS, isDetector } from './detectors/detect.ts';
import { parseFieldPattern, type FieldRule } from './field-pattern.ts';
import { MaskingError } from './masking.error.ts';

/**
 * What is left of a masked value.
 *
 * - `redact`: a placeholder; `0` and `false` in place of numbers and booleans.
 * - `drop`: nothing; a member or item named by a field rule is removed, detected text is cut out.
 * - `partial`: as much as tells two values apart, such as the last four digits.
 */
export type MaskForm = 'redact' | 'drop' | 'partial';

export type MaskRule =
  | { readonly detect: readonly Detector[]; readonly as: MaskForm }
  | { readonly field: string; readonly as: MaskForm };

export interface DetectorRule {
  readonly detector: Detector;
  readonly as: MaskForm;
  readonly ruleIndex: number;
}

/** Rules, checked and made ready. Opaque: made by {@link compileMasks} alone. */
export interface CompiledMasks {
  readonly detectors: readonly DetectorRule[];
  readonly fields: readonly FieldRule[];
}

const STRENGTH = { partial: 1, redact: 2, drop: 3 } as const satisfies Record<MaskForm, number>;

/** Several rules can want the same value: the one that leaves least of it wins, of equals the first. */
export function strongest<R extends { readonly as: MaskForm }>(rules: readonly R[]): R | undefined {
  return rules.toSorted((a, b) => STRENGTH[b.as] - STRENGTH[a.as])[0];
}

/**
 * Checks rules and makes them ready for many frames.
 *
 * @throws {@link MaskingError} for a detector or form that doesn't exist, or an unreadable field pattern
 */
export function compileMasks(rules: readonly MaskRule[]): CompiledMasks {
  const wanted: DetectorRule[] = [];
  const fields: FieldRule[] = [];
  for (const [ruleIndex, rule] of rules.entries()) {
    if (!Object.hasOwn(STRENGTH, rule.as)) {
      throw new MaskingError(
        'unknown_form',
        ruleIndex,
        'A mask is one of "redact", "drop" and "partial".',
      );
    }
    if ('field' in rule)
      fields.push({ ...parseFieldPattern(rule.field, ruleIndex), as: rule.as, ruleIndex });
    else wanted.push(...detectorRules(rule.detect, rule.as, ruleIndex));
  }
  const detectors = Object.keys(DETECTORS).flatMap((name) => {
    const rule = strongest(wanted.filter(({ detector }) => detector === name));
    return rule ? [rule] : [];
  });
  return { detectors, fields };
}

function detectorRules(
  detect: readonly Detector[],
  as: MaskForm,
  ruleIndex: number,
): DetectorRule[] {
  if (detect.length === 0) {
    throw new MaskingError(
      'no_detectors',
      ruleIndex,
      'A mask by form needs at least one detector.',
    );
  }
  return detect.map((detector) => {
    if (isDetector(detector)) return { detector, as, ruleIndex };
    const known = Object.keys(DETECTORS).join(', ');
    throw new MaskingError('unknown_detector', ruleIndex, `A detector is one of ${known}.`);
  });
}
