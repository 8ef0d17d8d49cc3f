-- AlterTable
ALTER TABLE "notification_message" ADD COLUMN     "shows_arguments" BOOLEAN NOT NULL DEFAULT false;
