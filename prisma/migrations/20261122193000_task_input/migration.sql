-- AlterTable
ALTER TABLE "held_task" ADD COLUMN     "input_responses" BYTEA;
