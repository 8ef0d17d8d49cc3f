-- AlterTable
ALTER TABLE "approval" ADD COLUMN     "asked_digest" TEXT,
ADD COLUMN     "edit_id" UUID;

-- CreateTable
CREATE TABLE "approval_edit" (
    "id" UUID NOT NULL,
    "approval_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "editor_key" TEXT NOT NULL,
    "editor_name" TEXT NOT NULL,
    "editor_email" TEXT,
    "note" TEXT,
    "arguments" BYTEA NOT NULL,
    "params_digest" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by" TEXT,

    CONSTRAINT "approval_edit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "approval_edit_approval_id_number_key" ON "approval_edit"("approval_id", "number");

-- AddForeignKey
ALTER TABLE "approval_edit" ADD CONSTRAINT "approval_edit_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- States are few and known; a typo must not become one.
ALTER TABLE "approval_edit" ADD CONSTRAINT "approval_edit_state_known" CHECK ("state" IN
  ('proposed', 'in-force', 'withdrawn', 'superseded'));
-- What runs in the place of what was asked has a digest of its own. A process that knows no edits
-- compares "params_digest" alone: it neither joins such an approval nor claims its release.
ALTER TABLE "approval" ADD CONSTRAINT "approval_edit_has_both_digests" CHECK (("edit_id" IS NULL) = ("asked_digest" IS NULL));

-- The same call joins by what was asked.
CREATE INDEX "approval_asked" ON "approval" ("caller_key", "connection_id", "method", "target", (coalesce("asked_digest", "params_digest")));
