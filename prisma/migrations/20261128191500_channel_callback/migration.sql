-- CreateTable
CREATE TABLE "channel_callback" (
    "channel_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "outcome" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "channel_callback_pkey" PRIMARY KEY ("channel_id","id")
);

-- CreateIndex
CREATE INDEX "channel_callback_at_idx" ON "channel_callback"("at");

-- AddForeignKey
ALTER TABLE "channel_callback" ADD CONSTRAINT "channel_callback_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;
