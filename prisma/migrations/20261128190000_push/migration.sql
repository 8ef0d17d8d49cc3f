-- AlterTable
ALTER TABLE "notification_message" ADD COLUMN "person_key" TEXT;

-- So far a recipient was a person.
UPDATE "notification_message" SET "person_key" = "recipient" WHERE "recipient" <> '';

-- CreateTable
CREATE TABLE "push_subscription" (
    "id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "person_key" TEXT NOT NULL,
    "endpoint_hash" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "service" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "says" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_ok_at" TIMESTAMPTZ(3),

    CONSTRAINT "push_subscription_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "push_service" (
    "origin" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "rest_until" TIMESTAMPTZ(3),

    CONSTRAINT "push_service_pkey" PRIMARY KEY ("origin")
);

-- CreateIndex
CREATE UNIQUE INDEX "push_subscription_endpoint_hash_key" ON "push_subscription"("endpoint_hash");

-- CreateIndex
CREATE INDEX "push_subscription_person_key_idx" ON "push_subscription"("person_key");

-- AddForeignKey
ALTER TABLE "push_subscription" ADD CONSTRAINT "push_subscription_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A browser has one subscription, made with one key: a second channel could reach nobody.
CREATE UNIQUE INDEX "notification_channel_one_push" ON "notification_channel"("kind") WHERE "kind" = 'push' AND "removed_at" IS NULL;
