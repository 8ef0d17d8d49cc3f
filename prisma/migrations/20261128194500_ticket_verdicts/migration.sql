-- AlterTable
ALTER TABLE "notification_ticket" ADD COLUMN     "verdicts" JSONB;

-- CreateTable
CREATE TABLE "ticket_hint" (
    "channel_id" UUID NOT NULL,
    "signature" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ticket_hint_pkey" PRIMARY KEY ("channel_id", "signature")
);

-- CreateTable
CREATE TABLE "ticket_verdict" (
    "channel_id" UUID NOT NULL,
    "change_id" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "outcome" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "told_at" TIMESTAMPTZ(3),

    CONSTRAINT "ticket_verdict_pkey" PRIMARY KEY ("channel_id", "change_id")
);

-- CreateIndex
CREATE INDEX "ticket_hint_at_idx" ON "ticket_hint"("at");

-- CreateIndex
CREATE INDEX "ticket_verdict_at_idx" ON "ticket_verdict"("at");

-- AddForeignKey
ALTER TABLE "ticket_hint" ADD CONSTRAINT "ticket_hint_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_verdict" ADD CONSTRAINT "ticket_verdict_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;
