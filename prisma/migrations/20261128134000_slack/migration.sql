-- CreateTable
CREATE TABLE "notification_reference" (
    "channel_id" UUID NOT NULL,
    "thread" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_reference_pkey" PRIMARY KEY ("channel_id","thread")
);

-- CreateTable
CREATE TABLE "slack_account" (
    "team_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "slack_name" TEXT NOT NULL,
    "person_key" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "tied_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "slack_account_pkey" PRIMARY KEY ("team_id","user_id")
);

-- CreateTable
CREATE TABLE "slack_offer" (
    "hash" TEXT NOT NULL,
    "team_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "slack_name" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "slack_offer_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "slack_request" (
    "signature" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "slack_request_pkey" PRIMARY KEY ("signature")
);

-- CreateIndex
CREATE INDEX "slack_account_person_key_idx" ON "slack_account"("person_key");

-- CreateIndex
CREATE INDEX "slack_request_at_idx" ON "slack_request"("at");

-- AddForeignKey
ALTER TABLE "notification_reference" ADD CONSTRAINT "notification_reference_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
