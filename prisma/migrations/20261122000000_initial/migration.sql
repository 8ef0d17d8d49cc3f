-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "connection" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "allow_private" BOOLEAN NOT NULL DEFAULT false,
    "credential_kind" TEXT NOT NULL DEFAULT 'none',
    "credential_sealed" BYTEA,
    "caller_groups" TEXT[],
    "default_effect" TEXT NOT NULL DEFAULT 'hold',
    "read_only" JSONB NOT NULL,
    "chain" JSONB NOT NULL,
    "hold_deadline_ms" INTEGER NOT NULL DEFAULT 50000,
    "approval_window_ms" INTEGER NOT NULL DEFAULT 3600000,
    "webhook_url" TEXT,
    "webhook_allow_private" BOOLEAN NOT NULL DEFAULT false,
    "webhook_secret_sealed" BYTEA,
    "frozen_at" TIMESTAMPTZ(3),
    "frozen_by" TEXT,
    "frozen_reason" TEXT,
    "freeze_epoch" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "connection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tool_definition" (
    "connection_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tool_definition_pkey" PRIMARY KEY ("connection_id","name")
);

-- CreateTable
CREATE TABLE "policy_version" (
    "number" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "note" TEXT,
    "published_by" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "policy_version_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "person" (
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "service_identity" (
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "owner_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "service_identity_pkey" PRIMARY KEY ("issuer","subject")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "caller_key" TEXT NOT NULL,
    "caller" JSONB NOT NULL,
    "client" JSONB NOT NULL,
    "era" TEXT NOT NULL,
    "protocol_version" TEXT,
    "handle_hash" TEXT,
    "upstream_session_sealed" BYTEA,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval" (
    "id" UUID NOT NULL,
    "call_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "caller_key" TEXT NOT NULL,
    "caller" JSONB NOT NULL,
    "client" JSONB NOT NULL,
    "method" TEXT NOT NULL,
    "target" TEXT NOT NULL DEFAULT '',
    "params_digest" TEXT NOT NULL,
    "tool_digest" TEXT NOT NULL DEFAULT '',
    "policy_version" INTEGER NOT NULL,
    "freeze_epoch" INTEGER NOT NULL,
    "decision" JSONB NOT NULL,
    "steps" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "state_reason" TEXT,
    "request_frame_id" UUID NOT NULL,
    "answer_frame_id" UUID,
    "held_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),
    "release_expires_at" TIMESTAMPTZ(3),
    "claimed_at" TIMESTAMPTZ(3),
    "claimed_by" INTEGER,
    "answered_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "waiter_id" UUID,
    "waiter_instance" INTEGER,
    "waiter_until" TIMESTAMPTZ(3),

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verdict" (
    "id" UUID NOT NULL,
    "approval_id" UUID NOT NULL,
    "step" INTEGER NOT NULL,
    "person_key" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "person_email" TEXT,
    "verdict" TEXT NOT NULL,
    "reason" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "verdict_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "frame" (
    "id" UUID NOT NULL,
    "entry_id" UUID NOT NULL,
    "session_id" UUID,
    "call_id" UUID,
    "edge" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "salt" BYTEA NOT NULL,
    "digest" TEXT NOT NULL,
    "sealed" BOOLEAN NOT NULL,
    "encoding" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "frame_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "entry" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "connection_id" UUID,
    "session_id" UUID,
    "call_id" UUID,
    "approval_id" UUID,
    "who" TEXT,
    "method" TEXT,
    "target" TEXT,
    "effect" TEXT,

    CONSTRAINT "entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "leaf" (
    "position" BIGINT NOT NULL,
    "entry_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "leaf_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "tree_head" (
    "size" BIGINT NOT NULL,
    "root" BYTEA NOT NULL,
    "frontier" JSONB NOT NULL,
    "note" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tree_head_pkey" PRIMARY KEY ("size")
);

-- CreateTable
CREATE TABLE "installation_key" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "public" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_key_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "gateway_instance" (
    "id" SERIAL NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "host" TEXT NOT NULL,

    CONSTRAINT "gateway_instance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "approval_id" UUID NOT NULL,
    "event" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_status" INTEGER,
    "last_error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "console_session" (
    "sid" TEXT NOT NULL,
    "sess" JSONB NOT NULL,
    "expire" TIMESTAMP(6) NOT NULL,

    CONSTRAINT "console_session_pkey" PRIMARY KEY ("sid")
);

-- CreateIndex
CREATE UNIQUE INDEX "connection_slug_key" ON "connection"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "session_handle_hash_key" ON "session"("handle_hash");

-- CreateIndex
CREATE INDEX "session_started_at_idx" ON "session"("started_at");

-- CreateIndex
CREATE INDEX "session_caller_key_connection_id_last_seen_at_idx" ON "session"("caller_key", "connection_id", "last_seen_at");

-- CreateIndex
CREATE INDEX "approval_state_held_at_idx" ON "approval"("state", "held_at");

-- CreateIndex
CREATE INDEX "approval_caller_key_connection_id_method_target_params_dige_idx" ON "approval"("caller_key", "connection_id", "method", "target", "params_digest");

-- CreateIndex
CREATE INDEX "approval_session_id_idx" ON "approval"("session_id");

-- CreateIndex
CREATE UNIQUE INDEX "verdict_approval_id_step_person_key_key" ON "verdict"("approval_id", "step", "person_key");

-- CreateIndex
CREATE INDEX "frame_entry_id_idx" ON "frame"("entry_id");

-- CreateIndex
CREATE INDEX "frame_call_id_idx" ON "frame"("call_id");

-- CreateIndex
CREATE INDEX "entry_session_id_id_idx" ON "entry"("session_id", "id");

-- CreateIndex
CREATE INDEX "entry_approval_id_id_idx" ON "entry"("approval_id", "id");

-- CreateIndex
CREATE INDEX "entry_kind_id_idx" ON "entry"("kind", "id");

-- CreateIndex
CREATE UNIQUE INDEX "leaf_entry_id_key" ON "leaf"("entry_id");

-- CreateIndex
CREATE INDEX "webhook_delivery_connection_id_created_at_idx" ON "webhook_delivery"("connection_id", "created_at");

-- CreateIndex
CREATE INDEX "console_session_expire_idx" ON "console_session"("expire");

-- AddForeignKey
ALTER TABLE "tool_definition" ADD CONSTRAINT "tool_definition_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval" ADD CONSTRAINT "approval_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verdict" ADD CONSTRAINT "verdict_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

