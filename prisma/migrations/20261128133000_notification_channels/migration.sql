-- CreateTable
CREATE TABLE "notification_channel" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "secrets_sealed" BYTEA,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "rest_until" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_route" (
    "id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "match" JSONB NOT NULL,
    "channels" UUID[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_route_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_event" (
    "id" UUID NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "thread" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "approval_id" UUID,
    "facts" JSONB NOT NULL,
    "notice_sealed" BYTEA,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "spread_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_message" (
    "id" UUID NOT NULL,
    "channel_id" UUID,
    "connection_id" UUID,
    "recipient" TEXT NOT NULL DEFAULT '',
    "thread" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "event" TEXT NOT NULL,
    "event_id" UUID,
    "approval_id" UUID,
    "body" TEXT,
    "is_follow_up" BOOLEAN NOT NULL DEFAULT false,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_status" INTEGER,
    "last_error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3),
    "leased_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_attempt" (
    "message_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "took_ms" INTEGER NOT NULL,
    "delivered" BOOLEAN NOT NULL,
    "status" INTEGER,
    "answer" TEXT NOT NULL,

    CONSTRAINT "notification_attempt_pkey" PRIMARY KEY ("message_id","number")
);

-- CreateIndex
CREATE UNIQUE INDEX "notification_event_seq_key" ON "notification_event"("seq");

-- CreateIndex
CREATE INDEX "notification_event_thread_seq_idx" ON "notification_event"("thread", "seq");

-- CreateIndex
CREATE INDEX "notification_event_at_idx" ON "notification_event"("at");

-- CreateIndex
CREATE INDEX "notification_message_channel_id_id_idx" ON "notification_message"("channel_id", "id");

-- CreateIndex
CREATE INDEX "notification_message_connection_id_id_idx" ON "notification_message"("connection_id", "id");

-- CreateIndex
CREATE INDEX "notification_message_thread_seq_idx" ON "notification_message"("thread", "seq");

-- CreateIndex
CREATE INDEX "notification_message_created_at_idx" ON "notification_message"("created_at");

-- AddForeignKey
ALTER TABLE "notification_message" ADD CONSTRAINT "notification_message_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_message" ADD CONSTRAINT "notification_message_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_message" ADD CONSTRAINT "notification_message_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "notification_event"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_attempt" ADD CONSTRAINT "notification_attempt_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "notification_message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One of the two places a message goes to.
ALTER TABLE "notification_message" ADD CONSTRAINT "notification_message_place" CHECK (("channel_id" IS NULL) <> ("connection_id" IS NULL));
ALTER TABLE "notification_message" ADD CONSTRAINT "notification_message_state" CHECK ("state" IN ('pending', 'retrying', 'delivered', 'failed', 'dropped'));

-- Names are for people: no two channels share one.
CREATE UNIQUE INDEX "notification_channel_title" ON "notification_channel" (lower("title")) WHERE "removed_at" IS NULL;

-- What is still to be done, however long the history is.
CREATE INDEX "notification_event_unspread" ON "notification_event" ("seq") WHERE "spread_at" IS NULL;
CREATE INDEX "notification_message_open" ON "notification_message" ("next_attempt_at") WHERE "state" IN ('pending', 'retrying');
