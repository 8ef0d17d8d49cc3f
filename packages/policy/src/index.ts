export type { KnownTool } from './arguments/argument-check.ts';
export { isMarkedReadOnly, type JudgedCall, type ListedCall, type ReadOnlyMarks } from './call.ts';
export type { Chain, ChainStep } from './chain.ts';
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
export { durationInWords, parseDuration } from './duration.ts';
export { compileGlob, type GlobKind, type GlobTest } from './glob.ts';
export type { PolicyIssue } from './locate.ts';
export type { CallSubject } from './match.ts';
export { PolicyError, type PolicyErrorCode } from './policy-error.ts';
export { rulesAbout, type RuleAbout, type RulesAbout } from './rules-about.ts';
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
export {
  KEPT_CALLS,
  Simulation,
  type ApprovalLoad,
  type ChangedCall,
  type RuleTally,
  type RulingInShort,
  type SimulatedRule,
  type SimulatedRuling,
  type SimulatedStep,
  type SimulationResult,
} from './simulate.ts';
export { sqlFacts, type ReadableSql, type SqlFacts, type UnreadableSql } from './sql/facts.ts';
export { unknownFunctions } from './sql/unknown-functions.ts';
export { sqlReadings, type SqlReading } from './sql-readings.ts';
export { loadSqlParser } from './sql/parser.ts';
export { trace, type ConditionTrace, type RuleTrace, type Trace } from './trace.ts';
export type { ConditionPart } from './trace-condition.ts';
