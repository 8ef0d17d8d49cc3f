import { freeChoices, freedomsFor } from '@holdpoint/approval';
import type { ApprovalGrants } from '@holdpoint/contracts';
import { parseClientFrame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { argumentSchema, grantArguments } from '../grants/grant-arguments.ts';
import { grantOf } from '../grants/grant.sql.ts';
import { GrantDesk } from '../grants/grant-desk.ts';
import { GrantStore } from '../grants/grant-store.ts';
import { termsOf } from '../grants/grant-terms.ts';
import { Database } from '../platform/database.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';

/** What may be granted with an approval, and what is, as the console shows it. */
@Injectable()
export class ApprovalGrantsView {
  constructor(
    private readonly database: Database,
    private readonly catalogue: ToolCatalogue,
    private readonly store: GrantStore,
    private readonly desk: GrantDesk,
  ) {}

  /** `request`: what would run, where the reader may open it. */
  async of(
    record: ApprovalRecord,
    verdicts: readonly VerdictRow[],
    request: string | undefined,
    mayDecide: boolean,
  ): Promise<ApprovalGrants> {
    const latest = await grantOf(this.database.pool, record.id);
    // One that was proposed for other arguments is not about this call any more.
    const grant = latest?.paramsDigest === record.paramsDigest ? latest : undefined;
    const mayPropose =
      mayDecide &&
      grant?.state !== 'proposed' &&
      this.desk.isGrantable(record) &&
      verdicts.every(({ step }) => record.steps[step]?.isVoid);
    return {
      arguments: mayPropose && request !== undefined ? this.#arguments(record, request) : [],
      mayPropose: mayPropose && request !== undefined,
      grant: grant
        ? {
            id: grant.id,
            state: grant.state,
            by: grant.proposedByName,
            terms: termsOf(grant, request === undefined ? null : this.store.shapeOf(grant)),
          }
        : null,
    };
  }

  #arguments(
    { connectionId, target }: ApprovalRecord,
    request: string,
  ): ApprovalGrants['arguments'] {
    const frame = parseClientFrame(Buffer.from(request), { maxBytes: Number.MAX_SAFE_INTEGER });
    const tool = this.catalogue.find(connectionId, target);
    return [...(grantArguments(frame) ?? [])].map(([name, argument]) => {
      const schema = argumentSchema(tool, name);
      return {
        name,
        text: argument.canonical,
        freedom: freedomsFor(name, argument, schema),
        whole: schema.types?.includes('number') !== true,
        choices: [...freeChoices(schema)],
      };
    });
  }
}
