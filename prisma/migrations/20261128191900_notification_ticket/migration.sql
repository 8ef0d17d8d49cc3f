-- CreateTable
CREATE TABLE "notification_ticket" (
    "message_id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "thread" TEXT NOT NULL,
    "step" INTEGER,
    "ticket_id" TEXT,
    "ticket_key" TEXT,
    "digest" TEXT,
    "content_hash" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_ticket_pkey" PRIMARY KEY ("message_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "notification_ticket_channel_id_ticket_id_key" ON "notification_ticket"("channel_id", "ticket_id");

-- CreateIndex
CREATE INDEX "notification_ticket_channel_id_thread_idx" ON "notification_ticket"("channel_id", "thread");

-- CreateIndex
CREATE INDEX "notification_ticket_at_idx" ON "notification_ticket"("at");

-- AddForeignKey
ALTER TABLE "notification_ticket" ADD CONSTRAINT "notification_ticket_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;
