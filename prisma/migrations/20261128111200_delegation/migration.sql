-- AlterTable
ALTER TABLE "verdict" ADD COLUMN     "acting_for_key" TEXT,
ADD COLUMN     "acting_for_name" TEXT;

-- CreateTable
CREATE TABLE "delegation" (
    "id" UUID NOT NULL,
    "delegator_key" TEXT NOT NULL,
    "delegator_name" TEXT NOT NULL,
    "delegate_key" TEXT NOT NULL,
    "delegate_name" TEXT NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "until_at" TIMESTAMPTZ(3) NOT NULL,
    "note" TEXT,
    "connections" TEXT[],
    "chains" TEXT[],
    "groups" TEXT[],
    "groups_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by_name" TEXT,

    CONSTRAINT "delegation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "delegation_delegate_key_idx" ON "delegation"("delegate_key");

-- CreateIndex
CREATE INDEX "delegation_delegator_key_idx" ON "delegation"("delegator_key");

-- Nobody is behind two verdicts of a step; the lock on the approval orders who gave one and who it was for.
CREATE UNIQUE INDEX "verdict_acting_for_once" ON "verdict" ("approval_id", "step", "acting_for_key") WHERE "acting_for_key" IS NOT NULL;
ALTER TABLE "delegation" ADD CONSTRAINT "delegation_not_to_oneself" CHECK ("delegator_key" <> "delegate_key" AND "until_at" > "from_at");
