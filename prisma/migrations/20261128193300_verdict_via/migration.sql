-- AlterTable
ALTER TABLE "verdict" ADD COLUMN     "via" TEXT;
