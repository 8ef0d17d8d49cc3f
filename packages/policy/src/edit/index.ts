export { SQL_DIALECTS, type SqlDialect } from '../sql/dialect.ts';
export { editChain, removeChain, renameChain, setDefaultEffect } from './chains.ts';
export type { EditResult } from './change.ts';
export {
  COMPARISONS,
  SQL_CLAIMS,
  TEXT_TESTS,
  type Clause,
  type Comparison,
  type SqlClaim,
  type TextTest,
} from './clauses.ts';
export {
  argumentsOf,
  completionsAt,
  conditionCompletions,
  meaningAt,
  valuesFor,
  type PolicyVocabulary,
  type Suggestion,
} from './complete.ts';
export {
  addPart,
  inBrackets,
  joinParts,
  readCondition,
  removePart,
  replacePart,
  type ConditionParts,
} from './condition.ts';
export { METHODS } from './language.ts';
export {
  readPolicyText,
  type AsWritten,
  type ChainView,
  type PolicyReading,
  type RuleView,
} from './read.ts';
export type { OnDeadlineValues, ReviewersValues, StepValues } from './read-step.ts';
export type { MaskValues, RuleChange, RuleField, RuleValues } from './rule-values.ts';
export {
  addRule,
  duplicateRule,
  editRule,
  moveRule,
  newRuleId,
  removeRule,
  renderRule,
} from './rules.ts';
export { clauseText, ruleSentence } from './sentence.ts';
export { RULE_TEMPLATES, type RuleTemplate, type TemplateParameter } from './templates.ts';
