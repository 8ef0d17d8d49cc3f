-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "detected_transport" TEXT,
ADD COLUMN     "transport" TEXT NOT NULL DEFAULT 'auto';
