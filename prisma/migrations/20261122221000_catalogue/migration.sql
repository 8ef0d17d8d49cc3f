-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "catalogue_epoch" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "catalogued_kinds" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "cut_kinds" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "first_catalogue" TEXT NOT NULL DEFAULT 'accept',
ADD COLUMN     "quarantine" TEXT NOT NULL DEFAULT 'hold';

-- The table of tools becomes that of everything that is listed; its rows stay.
ALTER TABLE "tool_definition" RENAME TO "catalogue_item";
ALTER TABLE "catalogue_item" RENAME CONSTRAINT "tool_definition_connection_id_fkey" TO "catalogue_item_connection_id_fkey";
ALTER TABLE "catalogue_item" DROP CONSTRAINT "tool_definition_pkey",
ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'tool',
ADD COLUMN     "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "missing_since" TIMESTAMPTZ(3),
ADD CONSTRAINT "catalogue_item_pkey" PRIMARY KEY ("connection_id", "kind", "name");
ALTER TABLE "catalogue_item" ALTER COLUMN "kind" DROP DEFAULT;

-- CreateTable
CREATE TABLE "known_definition" (
    "connection_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "how" TEXT NOT NULL,
    "by" TEXT,
    "by_name" TEXT,
    "note" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "known_definition_pkey" PRIMARY KEY ("connection_id","kind","name","digest")
);

-- AddForeignKey
ALTER TABLE "known_definition" ADD CONSTRAINT "known_definition_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What an installation knows already goes on as it was: it is the first catalogue.
INSERT INTO "known_definition" ("connection_id", "kind", "name", "digest", "definition", "state", "how")
SELECT "connection_id", "kind", "name", "digest", "definition", 'accepted', 'upgrade' FROM "catalogue_item";
UPDATE "connection" SET "catalogued_kinds" = '{tool}'
WHERE EXISTS (SELECT 1 FROM "catalogue_item" WHERE "connection_id" = "connection"."id");
