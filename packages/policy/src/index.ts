export type { KnownTool } from './argument-check.ts';
export type { JudgedCall, ListedCall, ReadOnlyMarks } from './call.ts';
export type { Chain, ChainStep, Reviewers } from './chain.ts';
export {
  compilePolicy,
  MAX_POLICY_LENGTH,
  type CompiledPolicy,
  type CompiledRule,
  type CompileOptions,
  type CompileResult,
} from './compile.ts';
export { decide, factsNeeded, isListed, type DecisionFacts } from './decide.ts';
export type { ConditionOutcome, Decision, DecisionSource, RuleOutcome } from './decision.ts';
export { DEMO_POLICY_YAML } from './demo-policy.ts';
export { parseDuration } from './duration.ts';
export { compileGlob, type GlobKind, type GlobTest } from './glob.ts';
export type { PolicyIssue } from './locate.ts';
export { PolicyError, type PolicyErrorCode } from './policy-error.ts';
export {
  DETECTORS,
  EFFECTS,
  MASK_STYLES,
  type Detector,
  type Effect,
  type MaskRule,
  type MaskStyle,
  type MatchDocument,
} from './schema.ts';
export { sqlFacts, type ReadableSql, type SqlFacts, type UnreadableSql } from './sql/facts.ts';
export { loadSqlParser } from './sql/parser.ts';
