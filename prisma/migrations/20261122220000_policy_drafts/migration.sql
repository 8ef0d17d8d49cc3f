-- AlterTable: versions of before have no test cases, and nobody knows the key of who published them.
ALTER TABLE "policy_version" ADD COLUMN     "cases" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "published_by_key" TEXT,
ADD COLUMN     "proposed_by" TEXT,
ADD COLUMN     "proposed_by_key" TEXT,
ADD COLUMN     "rolled_back_to" INTEGER,
ADD COLUMN     "origin" TEXT NOT NULL DEFAULT 'console';

-- CreateTable
CREATE TABLE "policy_draft" (
    "id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "cases" TEXT NOT NULL,
    "base" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT NOT NULL,
    "created_by_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "saved_by" TEXT NOT NULL,
    "saved_by_key" TEXT NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "discarded_by" TEXT,
    "discarded_at" TIMESTAMPTZ(3),
    "published_as" INTEGER,

    CONSTRAINT "policy_draft_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "policy_proposal" (
    "id" UUID NOT NULL,
    "draft_id" UUID,
    "draft_revision" INTEGER,
    "source" TEXT NOT NULL,
    "cases" TEXT NOT NULL,
    "base" INTEGER NOT NULL,
    "note" TEXT NOT NULL,
    "rolled_back_to" INTEGER,
    "origin" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "proposed_by" TEXT NOT NULL,
    "proposed_by_key" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "saved_by" TEXT NOT NULL,
    "saved_by_key" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "settled_by" TEXT,
    "settled_by_key" TEXT,
    "settled_at" TIMESTAMPTZ(3),
    "reason" TEXT,
    "number" INTEGER,

    CONSTRAINT "policy_proposal_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "policy_draft_saved_at_idx" ON "policy_draft"("saved_at");

-- CreateIndex
CREATE INDEX "policy_proposal_proposed_at_idx" ON "policy_proposal"("proposed_at");

-- AddForeignKey
ALTER TABLE "policy_proposal" ADD CONSTRAINT "policy_proposal_draft_id_fkey" FOREIGN KEY ("draft_id") REFERENCES "policy_draft"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- One draft is proposed once at a time; which of two simultaneous proposals came first is decided here.
CREATE UNIQUE INDEX "policy_proposal_open_draft" ON "policy_proposal" ("draft_id") WHERE "state" = 'open';
ALTER TABLE "policy_proposal" ADD CONSTRAINT "policy_proposal_state_known" CHECK ("state" IN
  ('open', 'published', 'declined', 'withdrawn', 'void'));

-- What was proposed is what is reviewed: only how it ended may still be written, once.
CREATE FUNCTION "policy_proposal_stays"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."state" <> 'open' OR (NEW."source", NEW."cases", NEW."base", NEW."note", NEW."digest", NEW."proposed_by_key", NEW."saved_by_key")
    IS DISTINCT FROM (OLD."source", OLD."cases", OLD."base", OLD."note", OLD."digest", OLD."proposed_by_key", OLD."saved_by_key") THEN
    RAISE EXCEPTION 'a policy proposal never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "policy_proposal_stays" BEFORE UPDATE OF "source", "cases", "base", "note", "digest", "proposed_by_key", "saved_by_key", "state"
  ON "policy_proposal" FOR EACH ROW EXECUTE FUNCTION "policy_proposal_stays"();
