import { matchesShape } from '@holdpoint/approval';
import { Injectable } from '@nestjs/common';
import { HeldEdits } from '../approvals/held-edits.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { grantArguments } from '../grants/grant-arguments.ts';
import { GrantDesk } from '../grants/grant-desk.ts';
import { GrantKeeper } from '../grants/grant-keeper.ts';
import { GrantStore } from '../grants/grant-store.ts';
import { rulesDigest } from '../grants/rules-digest.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import type { Call } from './call.ts';
import { Judge, type Verdict } from './judge.ts';

/** Calls that would be held, and that a grant lets through instead. */
@Injectable()
export class GrantedCalls {
  constructor(
    private readonly store: GrantStore,
    private readonly desk: GrantDesk,
    private readonly keeper: GrantKeeper,
    private readonly judge: Judge,
    private readonly policies: PolicyStore,
    private readonly edits: HeldEdits,
    private readonly catalogue: ToolCatalogue,
  ) {}

  /**
   * Takes a use of a grant for this call and records its intent, in one transaction; then the call may be
   * forwarded. `undefined`: no grant covers it. A caller who has none costs a look into a map.
   *
   * INVARIANT: only what is held can be granted: a deny is decided before anybody asks here, and again by
   * judging anew under what is in force now.
   */
  async use(call: Call, received: (verdict: Verdict) => EntryDraft): Promise<Verdict | undefined> {
    const { caller, connection, method, target } = call;
    const place = { callerKey: caller.key, connectionId: connection.id, method, target };
    const candidates = this.store.candidates(place);
    if (candidates.length === 0 || call.continues !== undefined) return undefined;
    const args = grantArguments(call.frame);
    if (args === undefined) return undefined;
    const restDigest = this.desk.restDigest(call.frame);
    const fitting = candidates.filter(
      (grant) => grant.restDigest === restDigest && matchesShape(grant.shape, args),
    );
    if (fitting.length === 0) return undefined;
    const now = await this.judge.judgeAnew(call.frame, call, connection);
    const { number, policy } = this.policies.current();
    const rules = rulesDigest(now.decision, policy, connection);
    // Whoever gave it may not be who accepts definitions.
    const called = { name: target };
    if (this.catalogue.quarantineOf(connection, method, called) !== undefined) return undefined;
    if (now.effect !== 'hold' || rules === null || number !== now.policyVersion) return undefined;
    for (const grant of fitting) {
      if (grant.toolDigest !== now.toolDigest) {
        await this.keeper.lapse(grant, 'definition');
        continue;
      }
      if (!this.keeper.stands(grant)) {
        await this.keeper.lapse(grant, 'rules');
        continue;
      }
      // Another rule has a say in this one: a person looks at it, and the grant stands for the others.
      if (grant.rulesDigest !== rules) continue;
      const used = await this.desk.use({
        grantId: grant.id,
        bound: {
          ...place,
          ownerKey: caller.ownerKey,
          restDigest,
          toolDigest: now.toolDigest,
          rulesDigest: rules,
          policyVersion: now.policyVersion,
        },
        paramsDigest: this.edits.digestOf(call.frame),
        caller,
        callId: call.callId,
        sessionId: call.session.id,
        received: received(now),
      });
      if (used) return now;
    }
    return undefined;
  }
}
