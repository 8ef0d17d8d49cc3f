-- AlterTable
ALTER TABLE "verdict" ADD COLUMN     "passkey_id" UUID;

-- CreateTable
CREATE TABLE "passkey" (
    "id" UUID NOT NULL,
    "person_key" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "cose_key" BYTEA NOT NULL,
    "public_key" JSONB NOT NULL,
    "transports" TEXT[],
    "sign_count" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "usable_from" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "blocked_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "passkey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passkey_challenge" (
    "nonce" TEXT NOT NULL,
    "person_key" TEXT NOT NULL,
    "approval_id" UUID,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "passkey_challenge_pkey" PRIMARY KEY ("nonce")
);

-- CreateIndex
CREATE UNIQUE INDEX "passkey_credential_id_key" ON "passkey"("credential_id");

-- CreateIndex
CREATE INDEX "passkey_person_key_idx" ON "passkey"("person_key");

-- CreateIndex
CREATE INDEX "passkey_created_at_idx" ON "passkey"("created_at");

-- CreateIndex
CREATE INDEX "passkey_challenge_expires_at_idx" ON "passkey_challenge"("expires_at");
