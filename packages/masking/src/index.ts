export { type CompiledMasks, type MaskForm, type MaskRule, compileMasks } from './compile-masks.ts';
export type { Detector } from './detectors/detect.ts';
export type { BudgetKind } from './budget.ts';
export {
  type MaskOptions,
  type MaskOutcome,
  type Masked,
  maskFrame,
  maskText,
  maskValue,
} from './mask-frame.ts';
export { MaskingError, type MaskingErrorCode } from './masking.error.ts';
export { isProtocolField } from './protocol-fields.ts';
export type { MaskHit } from './mask-hit.ts';
export type { ProtectedPaths } from './tree-masker.ts';
