-- CreateTable
CREATE TABLE "call_freeze" (
    "id" UUID NOT NULL,
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL DEFAULT '',
    "title" TEXT NOT NULL DEFAULT '',
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lifted_by" TEXT,
    "lifted_by_name" TEXT,
    "lifted_reason" TEXT,
    "lifted_at" TIMESTAMPTZ(3),

    CONSTRAINT "call_freeze_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "call_freeze_lifted_at_idx" ON "call_freeze"("lifted_at");

-- The installation has no key, and a caller always has one: a freeze must not miss what it names.
ALTER TABLE "call_freeze" ADD CONSTRAINT "call_freeze_scope_known" CHECK
  (("scope" = 'installation' AND "key" = '') OR ("scope" = 'caller' AND "key" <> ''));

-- Whoever freezes what is frozen already changes nothing, on whichever replica.
CREATE UNIQUE INDEX "call_freeze_open" ON "call_freeze" ("scope", "key") WHERE "lifted_at" IS NULL;
