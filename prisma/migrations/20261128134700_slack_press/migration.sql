-- CreateTable
CREATE TABLE "slack_press" (
    "id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "sealed" BYTEA NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "outcome" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "slack_press_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "slack_press" ADD CONSTRAINT "slack_press_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;
