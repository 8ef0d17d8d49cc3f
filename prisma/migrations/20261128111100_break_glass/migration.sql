-- CreateTable
CREATE TABLE "break_glass" (
    "id" UUID NOT NULL,
    "approval_id" UUID NOT NULL,
    "person_key" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "acknowledged_by" TEXT,
    "acknowledged_by_name" TEXT,
    "acknowledged_at" TIMESTAMPTZ(3),

    CONSTRAINT "break_glass_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "break_glass_approval_id_idx" ON "break_glass"("approval_id");

-- AddForeignKey
ALTER TABLE "break_glass" ADD CONSTRAINT "break_glass_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- The alarm looks only for what nobody has acknowledged.
CREATE INDEX "break_glass_open" ON "break_glass" ("at") WHERE "acknowledged_at" IS NULL;
