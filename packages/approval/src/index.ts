export { type ChainFault, chainFaults } from './chain-faults.ts';
export {
  type ChainStep,
  type EscalationRound,
  type OnDeadline,
  type Progress,
  type Reviewers,
  type Step,
  type StepProgress,
  type VerdictRecord,
  beginAnew,
  circlesOf,
  mergeSteps,
  passkeyRulesOf,
  progress,
} from './chain.ts';
export {
  type ArgumentSchema,
  type ArgumentValue,
  type Freedom,
  type GrantArguments,
  type GrantShape,
  freeChoices,
  freedomFault,
  freedomsFor,
  freedomText,
  matchesShape,
} from './grant-shape.ts';
export {
  BREAK_GLASS_ROLE,
  type Delegator,
  type HeldCaller,
  type MayDecide,
  type RefusalCode,
  type Reviewer,
  type VerdictAttempt,
  mayBreakGlass,
  mayDecide,
  refusalMessage,
} from './may-decide.ts';
export { type PlannedEvent, type PlanOptions, plan } from './plan.ts';
export {
  type OnCallNow,
  type TimersFired,
  reviewersNow,
  roundsReached,
  stepsNow,
} from './reviewers-now.ts';
export { type OnCallShift, type Rota, type RotaOverride, onCallAt, shiftAt } from './rota.ts';
export {
  type KnownPeople,
  type Satisfiability,
  type UnsatisfiableReason,
  satisfiable,
} from './satisfiable.ts';
export {
  type Knowledge,
  type KnownPerson,
  type StepOutlook,
  type StepVerdict,
  KNOWN_FOR_DAYS,
  stepOutlooks,
} from './step-outlook.ts';
export { type StepTimer, endOf, nextTimer, timersOf } from './step-timers.ts';
export { isTimeZone } from './zoned.ts';
export { type DayHours, isWithinHours } from './hours.ts';
export { isQuiet, leavesTime, tellingTime, type TellingPreference } from './telling-time.ts';
export {
  type ApprovalEvent,
  type ApprovalState,
  type TransitionCode,
  type TransitionResult,
  EVENTS,
  STATES,
  TABLE,
  isApprovalEvent,
  isApprovalState,
  isFinal,
  isPending,
  transition,
} from './state-machine.ts';
export { type ShownCall, type ShownPage, shownBy, shownDigest } from './shown-call.ts';
