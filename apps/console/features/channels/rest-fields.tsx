'use client';

import { CheckField, SelectField, TextAreaField, TextField } from '../../ui/field.tsx';
import type { RestDraft } from './channel-draft.ts';
import { CommonChecks, type FieldsProps } from './common-fields.tsx';
import { SecretField } from './secret-field.tsx';

type Request = RestDraft['create'];

const COMMENT: Request = { method: 'POST', url: '', body: '{ "text": "{text}" }' };
const TRANSITION: Request = { method: 'PATCH', url: '', body: '{ "status": "{status}" }' };

export function RestFields({ config, secret, errors, onConfig }: FieldsProps<RestDraft>) {
  const set = (change: Partial<RestDraft>) => onConfig({ ...config, ...change });
  return (
    <>
      <p className="text-sm text-muted">
        Addresses and the texts of bodies may name {'{title}'}, {'{text}'}, {'{link}'}, {'{event}'},{' '}
        {'{severity}'}, {'{approval}'}, {'{step}'} and {'{reference}'}; comments and moves also{' '}
        {'{ticket}'}, and moves {'{status}'}.
      </p>
      <RequestFields
        title="Open a ticket"
        path="config.create"
        request={config.create}
        errors={errors}
        onRequest={(create) => set({ create })}
      />
      <div className="grid gap-4 md:grid-cols-2">
        <TextField
          label="Where the answer has the ticket’s id"
          hint="A JSON pointer, such as /id or /result/sys_id."
          value={config.ticketPointer}
          error={errors['config.ticketPointer']}
          onValue={(ticketPointer) => set({ ticketPointer })}
        />
        <TextField
          label="Idempotency header"
          hint="Keeps a repeated request from opening a second ticket. Empty: none is sent."
          value={config.idempotencyHeader}
          error={errors['config.idempotencyHeader']}
          onValue={(idempotencyHeader) => set({ idempotencyHeader })}
        />
        <TextField
          label="Header of the secret"
          value={config.secretHeader}
          error={errors['config.secretHeader']}
          onValue={(secretHeader) => set({ secretHeader })}
        />
        <SecretField
          label="Value of the header"
          hint="Such as Bearer and a token. Sealed, and never shown again."
          storedHint="Empty: the stored one stays, unless the requests lead to another host."
          secret={secret}
          error={errors['secrets.headerValue']}
        />
      </div>
      <OptionalRequest
        label="Comment on tickets"
        hint="With whatever happens later."
        path="config.comment"
        request={config.comment}
        empty={COMMENT}
        errors={errors}
        onRequest={(comment) => set({ comment })}
      />
      <OptionalRequest
        label="Move tickets that ask nobody any more"
        hint="{status} is approved, denied, expired, withdrawn, void or superseded."
        path="config.transition"
        request={config.transition}
        empty={TRANSITION}
        errors={errors}
        onRequest={(transition) => set({ transition })}
      />
      <CheckField
        label="Moving a ticket decides"
        hint="Your system then sends who moved it, signed; its page names the address, and the secret for it is shown once."
        checked={config.verdicts}
        onValue={(verdicts) => set({ verdicts })}
      />
      <CommonChecks config={config} onChange={set} />
    </>
  );
}

function OptionalRequest({
  label,
  hint,
  path,
  request,
  empty,
  errors,
  onRequest,
}: {
  label: string;
  hint: string;
  path: string;
  request: Request | null;
  empty: Request;
  errors: Readonly<Record<string, string>>;
  onRequest: (request: Request | null) => void;
}) {
  return (
    <>
      <CheckField
        label={label}
        hint={hint}
        checked={request !== null}
        onValue={(checked) => onRequest(checked ? empty : null)}
      />
      {request !== null && (
        <RequestFields
          title={label}
          path={path}
          request={request}
          errors={errors}
          onRequest={onRequest}
        />
      )}
    </>
  );
}

const METHODS = [
  { value: 'POST', text: 'POST' },
  { value: 'PUT', text: 'PUT' },
  { value: 'PATCH', text: 'PATCH' },
] as const;

function RequestFields({
  title,
  path,
  request,
  errors,
  onRequest,
}: {
  title: string;
  path: string;
  request: Request;
  errors: Readonly<Record<string, string>>;
  onRequest: (request: Request) => void;
}) {
  const set = (change: Partial<Request>) => onRequest({ ...request, ...change });
  return (
    <fieldset className="flex flex-col gap-3 rounded-md border border-line p-3">
      <legend className="px-1 text-sm font-medium">{title}</legend>
      <div className="grid gap-4 md:grid-cols-[1fr_4fr]">
        <SelectField
          label="Method"
          value={request.method}
          options={METHODS}
          onValue={(method) => set({ method })}
        />
        <TextField
          label="Address"
          inputMode="url"
          value={request.url}
          error={errors[`${path}.url`]}
          onValue={(url) => set({ url })}
        />
      </div>
      <TextAreaField
        label="Body, as JSON"
        value={request.body}
        error={errors[`${path}.body`]}
        onValue={(body) => set({ body })}
      />
    </fieldset>
  );
}
