-- CreateTable
CREATE TABLE "approval_watch" (
    "approval_id" UUID NOT NULL,
    "person_key" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "taken_from_key" TEXT,
    "taken_from_name" TEXT,

    CONSTRAINT "approval_watch_pkey" PRIMARY KEY ("approval_id","person_key")
);

-- CreateIndex
CREATE INDEX "approval_watch_person_key_idx" ON "approval_watch"("person_key");

-- One person at most is looking at it for everyone.
CREATE UNIQUE INDEX "approval_watch_claimed" ON "approval_watch" ("approval_id") WHERE "kind" = 'claimed';

ALTER TABLE "approval_watch" ADD CONSTRAINT "approval_watch_kind" CHECK ("kind" IN ('open', 'claimed'));
