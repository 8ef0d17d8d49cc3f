-- AlterTable
ALTER TABLE "person" ADD COLUMN     "groups" TEXT[],
ADD COLUMN     "groups_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "chain_alarm" (
    "id" TEXT NOT NULL,
    "connection_id" UUID,
    "chain" TEXT NOT NULL,
    "step" INTEGER NOT NULL,
    "verdict" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "chain_alarm_pkey" PRIMARY KEY ("id")
);

-- Whoever is signed in is known already.
UPDATE "person" p SET "groups" = i."groups", "groups_at" = i."groups_at"
FROM (
    SELECT DISTINCT ON ("person_key") "person_key", "groups", "groups_at"
    FROM "console_sign_in" ORDER BY "person_key", "groups_at" DESC
) i WHERE i."person_key" = p."key";
