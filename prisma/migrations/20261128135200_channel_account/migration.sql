-- CreateTable
CREATE TABLE "channel_account" (
    "channel_id" UUID NOT NULL,
    "account" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "app" TEXT NOT NULL,
    "person_key" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "tied_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "channel_account_pkey" PRIMARY KEY ("channel_id","account")
);

-- CreateTable
CREATE TABLE "channel_account_code" (
    "id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "channel_id" UUID NOT NULL,
    "person_key" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "account" TEXT,
    "name" TEXT,
    "app" TEXT,

    CONSTRAINT "channel_account_code_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "channel_account_person_key_idx" ON "channel_account"("person_key");

-- CreateIndex
CREATE UNIQUE INDEX "channel_account_code_hash_key" ON "channel_account_code"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "channel_account_code_channel_id_person_key_key" ON "channel_account_code"("channel_id","person_key");

-- AddForeignKey
ALTER TABLE "channel_account" ADD CONSTRAINT "channel_account_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channel_account_code" ADD CONSTRAINT "channel_account_code_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "notification_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;
