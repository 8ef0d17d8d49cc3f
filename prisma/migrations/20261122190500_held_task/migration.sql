-- CreateTable
CREATE TABLE "held_task" (
    "id" UUID NOT NULL,
    "approval_id" UUID NOT NULL,
    "call_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "request_frame_id" UUID NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "caller" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cancelled_at" TIMESTAMPTZ(3),
    "cancel_asked_at" TIMESTAMPTZ(3),
    "collected_at" TIMESTAMPTZ(3),
    "upstream_task" BYTEA,

    CONSTRAINT "held_task_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "held_task_approval_id_idx" ON "held_task"("approval_id");

-- AddForeignKey
ALTER TABLE "held_task" ADD CONSTRAINT "held_task_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
