-- CreateTable
CREATE TABLE "console_sign_in" (
    "sid" TEXT NOT NULL,
    "person_key" TEXT NOT NULL,
    "sub" TEXT NOT NULL,
    "groups" TEXT[],
    "groups_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "refresh_sealed" BYTEA,
    "checking_until" TIMESTAMPTZ(3),

    CONSTRAINT "console_sign_in_pkey" PRIMARY KEY ("sid")
);

-- CreateIndex
CREATE INDEX "console_sign_in_person_key_idx" ON "console_sign_in"("person_key");

-- AddForeignKey
ALTER TABLE "console_sign_in" ADD CONSTRAINT "console_sign_in_sid_fkey" FOREIGN KEY ("sid") REFERENCES "console_session"("sid") ON DELETE CASCADE ON UPDATE CASCADE;
