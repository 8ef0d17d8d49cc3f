-- AlterTable
ALTER TABLE "notification_message" ADD COLUMN "held_back_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "notification_preference" (
    "person_key" TEXT NOT NULL,
    "preference" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_preference_pkey" PRIMARY KEY ("person_key")
);

-- CreateIndex
CREATE INDEX "notification_message_person_key_idx" ON "notification_message"("person_key");
