-- CreateTable
CREATE TABLE "call_grant" (
    "id" UUID NOT NULL,
    "approval_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "caller_key" TEXT NOT NULL,
    "owner_key" TEXT,
    "caller_name" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "params_digest" TEXT NOT NULL,
    "rest_digest" TEXT NOT NULL,
    "tool_digest" TEXT NOT NULL,
    "rules_digest" TEXT NOT NULL,
    "decision" JSONB NOT NULL,
    "freeze_epoch" INTEGER NOT NULL,
    "shape" BYTEA NOT NULL,
    "minutes" INTEGER NOT NULL,
    "uses_allowed" INTEGER NOT NULL,
    "uses_left" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "proposed_by" TEXT NOT NULL,
    "proposed_by_name" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "given_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "ended_by_name" TEXT,
    "end_reason" TEXT,

    CONSTRAINT "call_grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "call_grant_consent" (
    "grant_id" UUID NOT NULL,
    "step" INTEGER NOT NULL,
    "person_key" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "call_grant_consent_pkey" PRIMARY KEY ("grant_id","step","person_key")
);

-- CreateTable
CREATE TABLE "call_grant_use" (
    "grant_id" UUID NOT NULL,
    "call_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "call_grant_use_pkey" PRIMARY KEY ("grant_id","call_id")
);

-- CreateIndex
CREATE INDEX "call_grant_approval_id_idx" ON "call_grant"("approval_id");

-- CreateIndex
CREATE INDEX "call_grant_state_ended_at_idx" ON "call_grant"("state", "ended_at");

-- AddForeignKey
ALTER TABLE "call_grant" ADD CONSTRAINT "call_grant_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "call_grant" ADD CONSTRAINT "call_grant_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "call_grant_consent" ADD CONSTRAINT "call_grant_consent_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "call_grant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "call_grant_use" ADD CONSTRAINT "call_grant_use_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "call_grant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- States are few and known; a typo must not become one. Uses never go below nothing.
ALTER TABLE "call_grant" ADD CONSTRAINT "call_grant_state_known" CHECK ("state" IN
  ('proposed', 'in-force', 'not-given', 'revoked', 'lapsed'));
ALTER TABLE "call_grant" ADD CONSTRAINT "call_grant_uses_left" CHECK ("uses_left" >= 0 AND "uses_left" <= "uses_allowed");

-- What was recorded stays as it was recorded.
CREATE TRIGGER "call_grant_consent_append_only" BEFORE UPDATE OR DELETE ON "call_grant_consent" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "call_grant_use_append_only" BEFORE UPDATE OR DELETE ON "call_grant_use" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
