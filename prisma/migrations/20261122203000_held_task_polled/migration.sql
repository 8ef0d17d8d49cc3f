-- AlterTable
ALTER TABLE "held_task" ADD COLUMN     "polled_at" TIMESTAMPTZ(3);
