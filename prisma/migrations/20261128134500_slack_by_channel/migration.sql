-- An account was tied for every channel, so whoever set up one more could have signed presses as anybody.
-- It isn't known by which channel somebody said so: they say it again.
DELETE FROM "slack_account";
DELETE FROM "slack_offer";

-- AlterTable
ALTER TABLE "slack_account" DROP CONSTRAINT "slack_account_pkey",
ADD COLUMN     "channel_id" UUID NOT NULL,
ADD COLUMN     "app" TEXT NOT NULL,
ADD CONSTRAINT "slack_account_pkey" PRIMARY KEY ("channel_id", "team_id", "user_id");

-- AlterTable
ALTER TABLE "slack_offer" ADD COLUMN     "channel_id" UUID NOT NULL,
ADD COLUMN     "app" TEXT NOT NULL;

-- AddForeignKey
ALTER TABLE "slack_account" ADD CONSTRAINT "slack_account_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "slack_offer" ADD CONSTRAINT "slack_offer_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;
