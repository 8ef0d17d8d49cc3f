-- CreateTable
CREATE TABLE "snooze" (
    "person_key" TEXT NOT NULL,
    "approval_id" UUID NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "snooze_pkey" PRIMARY KEY ("person_key","approval_id")
);

-- CreateTable
CREATE TABLE "saved_view" (
    "id" UUID NOT NULL,
    "person_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "is_default" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "saved_view_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "saved_view_person_key_name_key" ON "saved_view"("person_key", "name");

-- CreateIndex
CREATE INDEX "approval_state_id_idx" ON "approval"("state", "id");

-- CreateIndex
CREATE INDEX "approval_connection_id_id_idx" ON "approval"("connection_id", "id");

-- CreateIndex
CREATE INDEX "approval_caller_key_id_idx" ON "approval"("caller_key", "id");

-- AddForeignKey
ALTER TABLE "snooze" ADD CONSTRAINT "snooze_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A person has one default view at most.
CREATE UNIQUE INDEX "saved_view_default" ON "saved_view" ("person_key") WHERE "is_default";
