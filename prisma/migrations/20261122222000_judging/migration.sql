-- AlterTable
ALTER TABLE "approval" ADD COLUMN     "rejudged" JSONB;

-- AlterTable
ALTER TABLE "entry" ADD COLUMN     "observed" TEXT;

-- CreateTable
CREATE TABLE "call_tally" (
    "key" TEXT NOT NULL,
    "complete_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "call_tally_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "call_arrival" (
    "call_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "call_arrival_pkey" PRIMARY KEY ("call_id")
);

-- CreateIndex
CREATE INDEX "call_arrival_key_at_call_id_idx" ON "call_arrival"("key", "at", "call_id");

-- CreateIndex
CREATE INDEX "call_arrival_at_idx" ON "call_arrival"("at");

-- What observing rules did, newest first: most records have none, so most cost the index nothing.
CREATE INDEX "entry_observed" ON "entry" ("id") WHERE "observed" IS NOT NULL;

-- Whether an upstream's request is open, and whose a task is: of a session's records only the few of that kind.
CREATE INDEX "entry_asked" ON "entry" ("session_id", "id") WHERE "kind" IN ('upstream.request', 'upstream.reply');
CREATE INDEX "entry_task" ON "entry" ("session_id") WHERE "kind" = 'call.answered' AND "content" LIKE '%"task":"%';

-- A newly published policy looks for what is open under an older one.
CREATE INDEX "approval_open_by_policy" ON "approval" ("policy_version", "id") WHERE "state" IN ('held', 'approved');
