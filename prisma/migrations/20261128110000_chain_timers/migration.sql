-- AlterTable
ALTER TABLE "approval" ADD COLUMN     "timer_at" TIMESTAMPTZ(3),
ADD COLUMN     "timer_ends_at" TIMESTAMPTZ(3),
ADD COLUMN     "timer_fired" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "timer_log" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "timer_opened_at" TIMESTAMPTZ(3),
ADD COLUMN     "timer_step" INTEGER;

-- CreateTable
CREATE TABLE "rota" (
    "name" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "shift" TEXT NOT NULL,
    "starts_on" TEXT NOT NULL,
    "hand_over" TEXT NOT NULL,
    "people" JSONB NOT NULL,
    "overrides" JSONB NOT NULL DEFAULT '[]',
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "rota_pkey" PRIMARY KEY ("name")
);

-- What the sweep asks for every second, however long the history is.
CREATE INDEX "approval_timer" ON "approval" ("timer_at") WHERE "state" = 'held';
