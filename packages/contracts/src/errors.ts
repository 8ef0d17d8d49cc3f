import { z } from 'zod';

/**
 * Every refusal has one stable code. `docs/errors.md` says for each what to check.
 * `rpc` is the JSON-RPC code on the MCP endpoint: standard where the standard has one, else
 * positive, outside the reserved range -32768…-32000. `http` is the status when the refusal ends
 * the HTTP exchange.
 */
export const ERRORS = {
  // The MCP endpoint
  unauthenticated: { http: 401, rpc: 4401 },
  issuer_unavailable: { http: 503, rpc: 4414 },
  insufficient_scope: { http: 403, rpc: 4403 },
  origin_refused: { http: 403, rpc: 4404 },
  unknown_connection: { http: 404, rpc: 4405 },
  unknown_session: { http: 404, rpc: 4406 },
  method_not_allowed: { http: 405, rpc: 4407 },
  not_acceptable: { http: 406, rpc: 4408 },
  unsupported_media_type: { http: 415, rpc: 4409 },
  frame_too_large: { http: 413, rpc: 4410 },
  malformed_frame: { http: 400, rpc: -32700 },
  invalid_request: { http: 400, rpc: -32600 },
  missing_meta: { http: 400, rpc: -32602 },
  bad_request_state: { http: 400, rpc: -32602 },
  unknown_task: { http: 200, rpc: -32602 },
  missing_capability: { http: 400, rpc: -32021 },
  unknown_method: { http: 404, rpc: -32601 },
  batch_unsupported: { http: 400, rpc: 4411 },
  header_mismatch: { http: 400, rpc: -32020 },
  duplicate_request_id: { http: 400, rpc: 4412 },
  unexpected_reply: { http: 400, rpc: 4413 },
  policy_unusable: { http: 503, rpc: 4415 },
  too_many_calls: { http: 429, rpc: 4416 },
  overloaded: { http: 503, rpc: 4417 },
  denied: { http: 200, rpc: 4801 },
  pending: { http: 200, rpc: 4802 },
  expired: { http: 200, rpc: 4803 },
  withdrawn: { http: 200, rpc: 4804 },
  frozen: { http: 200, rpc: 4805 },
  too_many_holds: { http: 200, rpc: 4806 },
  not_recorded: { http: 503, rpc: 4807 },
  outcome_unknown: { http: 200, rpc: 4808 },
  upstream_unreachable: { http: 200, rpc: 4809 },
  upstream_timeout: { http: 200, rpc: 4810 },
  upstream_credential_refused: { http: 200, rpc: 4811 },
  upstream_bad_answer: { http: 200, rpc: 4812 },
  answer_withheld: { http: 200, rpc: 4813 },
  may_have_run: { http: 200, rpc: 4814 },
  address_refused: { http: 200, rpc: 4815 },
  voided: { http: 200, rpc: 4816 },
  shutting_down: { http: 503, rpc: 4817 },
  quarantined: { http: 200, rpc: 4818 },
  internal: { http: 500, rpc: -32603 },
  // The console's API
  not_signed_in: { http: 401, rpc: 4901 },
  csrf: { http: 403, rpc: 4902 },
  no_role: { http: 403, rpc: 4903 },
  forbidden: { http: 403, rpc: 4904 },
  not_found: { http: 404, rpc: 4905 },
  invalid_input: { http: 400, rpc: 4906 },
  stale_version: { http: 409, rpc: 4907 },
  name_taken: { http: 409, rpc: 4908 },
  policy_invalid: { http: 400, rpc: 4909 },
  settled: { http: 409, rpc: 4910 },
  own_call: { http: 403, rpc: 4911 },
  own_service: { http: 403, rpc: 4912 },
  unowned_service: { http: 403, rpc: 4913 },
  not_a_reviewer: { http: 403, rpc: 4914 },
  not_in_step: { http: 403, rpc: 4915 },
  already_decided_by_you: { http: 409, rpc: 4916 },
  sign_in_failed: { http: 400, rpc: 4917 },
  database_unavailable: { http: 503, rpc: 4918 },
  host_refused: { http: 421, rpc: 4919 },
  body_too_large: { http: 413, rpc: 4920 },
  policy_token_refused: { http: 401, rpc: 4921 },
  draft_conflict: { http: 409, rpc: 4922 },
  too_many_drafts: { http: 409, rpc: 4923 },
  cases_failed: { http: 422, rpc: 4924 },
  second_admin_needed: { http: 403, rpc: 4925 },
  own_proposal: { http: 403, rpc: 4926 },
  proposal_settled: { http: 409, rpc: 4927 },
  too_many_simulations: { http: 429, rpc: 4928 },
  shown_differs: { http: 409, rpc: 4929 },
  same_call_since: { http: 409, rpc: 4930 },
  // Who may decide: 4940 and on
  sign_in_again: { http: 403, rpc: 4940 },
  groups_unconfirmed: { http: 503, rpc: 4941 },
  already_decided_for_them: { http: 409, rpc: 4942 },
  not_break_glass: { http: 403, rpc: 4943 },
  looked_at: { http: 409, rpc: 4944 },
  call_frozen: { http: 409, rpc: 4960 },
  // Other arguments, and grants: 4970 and on
  own_edit: { http: 403, rpc: 4970 },
  edit_unsupported: { http: 409, rpc: 4971 },
  edit_invalid: { http: 422, rpc: 4972 },
  edit_denied: { http: 409, rpc: 4973 },
  edit_stale: { http: 409, rpc: 4974 },
  too_many_notes: { http: 409, rpc: 4990 },
  // Passkeys
  passkey_needed: { http: 403, rpc: 4950 },
  passkey_refused: { http: 403, rpc: 4951 },
  fresh_sign_in_needed: { http: 403, rpc: 4952 },
  passkeys_unavailable: { http: 409, rpc: 4953 },
  grant_refused: { http: 422, rpc: 4975 },
  grant_ended: { http: 409, rpc: 4976 },
  // Verdicts by a channel: 4985 and on
  callback_refused: { http: 401, rpc: 4985 },
  callback_reused: { http: 409, rpc: 4986 },
  account_untied: { http: 403, rpc: 4987 },
  tie_refused: { http: 403, rpc: 4988 },
  // Connectors: 4980 and on
  enrolment_refused: { http: 401, rpc: 4980 },
  too_many_enrolments: { http: 429, rpc: 4981 },
  site_in_use: { http: 409, rpc: 4982 },
} as const satisfies Record<string, { http: number; rpc: number }>;

export type ErrorCode = keyof typeof ERRORS;

export const apiErrorSchema = z.object({
  error: z.object({
    code: z.string(),
    /** What happened, why, and what to do. Safe to show. */
    message: z.string(),
    /** Field path → what is wrong with it, for forms. */
    fields: z.record(z.string(), z.string()).optional(),
    details: z.unknown().optional(),
  }),
});
export type ApiError = z.infer<typeof apiErrorSchema>;
