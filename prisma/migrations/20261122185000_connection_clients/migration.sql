-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "clients" JSONB NOT NULL DEFAULT '[]';
