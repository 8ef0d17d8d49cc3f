import { refusalMessage } from '@holdpoint/approval';
import type { ApprovalEdit, ApprovalEdits } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';
import { mayEdit } from './edit-desk.ts';
import { editsOf, type EditRow } from './edit.sql.ts';
import { HeldEdits } from './held-edits.ts';
import { ChainTimes } from './chain-time.ts';
import { argumentsTextOf, HeldPayload } from './held-payload.ts';

const CANT_CHANGE = 'You can’t change the arguments of this call';

/** The changed arguments of an approval as the console shows them to one person. */
@Injectable()
export class ApprovalEditsView {
  constructor(
    private readonly database: Database,
    private readonly edits: HeldEdits,
    private readonly payload: HeldPayload,
    private readonly chainTimes: ChainTimes,
  ) {}

  async of(
    record: ApprovalRecord,
    verdicts: readonly VerdictRow[],
    person: SignedInPerson,
    mayOpen: boolean,
  ): Promise<ApprovalEdits> {
    const rows = await editsOf(this.database.pool, record.id);
    const shown = rows.map((row) => this.#edit(row, mayOpen));
    const current = shown.find(({ id }) => id === record.editId) ?? null;
    const may = mayEdit(record, verdicts, person, this.chainTimes.onCall());
    return {
      current,
      askedArgumentsText: current !== null && mayOpen ? await this.#asked(record) : null,
      askedDigest: record.askedDigest,
      earlier: shown.filter((edit) => edit !== current),
      mayPropose: mayPropose(record, may),
      mayWithdraw: current !== null && may.ok,
    };
  }

  async #asked({ requestFrameId }: ApprovalRecord): Promise<string | null> {
    const text = (await this.payload.texts([requestFrameId])).get(requestFrameId);
    return text === undefined ? null : argumentsTextOf(text);
  }

  #edit(row: EditRow, mayOpen: boolean): ApprovalEdit {
    return {
      id: row.id,
      number: row.number,
      editor: { key: row.editorKey, name: row.editorName, email: row.editorEmail },
      at: row.proposedAt.toISOString(),
      note: row.note,
      state: row.state,
      argumentsText: mayOpen ? this.edits.textOf(row) : null,
    };
  }
}

function mayPropose(
  { method }: ApprovalRecord,
  may: ReturnType<typeof mayEdit>,
): ApprovalEdits['mayPropose'] {
  if (method !== 'tools/call')
    return { ok: false, message: 'Only the arguments of a tool call can be changed.' };
  return may.ok ? may : { ok: false, message: refusalMessage(may.code, CANT_CHANGE) };
}
