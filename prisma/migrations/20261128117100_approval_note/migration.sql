-- CreateTable
CREATE TABLE "approval_note" (
    "id" UUID NOT NULL,
    "approval_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "person_key" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "person_email" TEXT,
    "asked_of" TEXT,
    "text" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "approval_note_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "approval_note_approval_id_id_idx" ON "approval_note"("approval_id", "id");

-- CreateIndex
CREATE INDEX "approval_note_asked_of_id_idx" ON "approval_note"("asked_of", "id");

-- A question names whom it is for, and nothing else does.
ALTER TABLE "approval_note" ADD CONSTRAINT "approval_note_asks_somebody" CHECK (("kind" = 'question') = ("asked_of" IS NOT NULL));

CREATE TRIGGER "approval_note_append_only" BEFORE UPDATE OR DELETE ON "approval_note" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
