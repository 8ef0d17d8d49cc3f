-- AlterTable
ALTER TABLE "approval" ADD COLUMN     "held_policy_version" INTEGER;

-- What is open was held under it, or under one that a claim has overwritten since; from here on none does.
UPDATE "approval" SET "held_policy_version" = "policy_version"
 WHERE "state" IN ('held', 'approved', 'claimed', 'answered', 'delivered');
