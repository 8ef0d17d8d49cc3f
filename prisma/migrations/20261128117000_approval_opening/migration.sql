-- CreateTable
CREATE TABLE "approval_opening" (
    "approval_id" UUID NOT NULL,
    "person_key" TEXT NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "approval_opening_pkey" PRIMARY KEY ("approval_id","person_key")
);
