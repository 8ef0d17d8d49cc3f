export { judgeCall, type Judged } from './judge-call.ts';
export {
  MAX_CASES_LENGTH,
  parseCases,
  runCase,
  type ParsedCases,
  type PolicyCase,
  type PolicyCaseResult,
} from './policy-cases.ts';
export { callFault, readCall, type FiledCall } from './read-call.ts';
