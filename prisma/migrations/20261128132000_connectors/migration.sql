-- CreateTable
CREATE TABLE "connector_site" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "connector_site_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "connector_enrolment" (
    "id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_by_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "withdrawn_at" TIMESTAMPTZ(3),

    CONSTRAINT "connector_enrolment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "connector" (
    "id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "enrolled_by" TEXT NOT NULL,
    "enrolled_by_name" TEXT NOT NULL,
    "enrolled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" TEXT,
    "servers" JSONB NOT NULL DEFAULT '[]',
    "last_seen_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "log_sealed" BYTEA,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by_name" TEXT,

    CONSTRAINT "connector_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "connector_link" (
    "id" UUID NOT NULL,
    "connector_id" UUID NOT NULL,
    "instance_id" INTEGER NOT NULL,
    "instance_url" TEXT,
    "affinity" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "load" INTEGER NOT NULL DEFAULT 0,
    "is_draining" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "connector_link_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "connector_site_name_key" ON "connector_site"("name");

-- CreateIndex
CREATE UNIQUE INDEX "connector_enrolment_hash_key" ON "connector_enrolment"("hash");

-- CreateIndex
CREATE INDEX "connector_enrolment_site_id_idx" ON "connector_enrolment"("site_id");

-- CreateIndex
CREATE UNIQUE INDEX "connector_public_key_key" ON "connector"("public_key");

-- CreateIndex
CREATE INDEX "connector_site_id_idx" ON "connector"("site_id");

-- CreateIndex
CREATE INDEX "connector_link_connector_id_idx" ON "connector_link"("connector_id");

-- AddForeignKey
ALTER TABLE "connector_enrolment" ADD CONSTRAINT "connector_enrolment_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "connector_site"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connector" ADD CONSTRAINT "connector_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "connector_site"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connector_link" ADD CONSTRAINT "connector_link_connector_id_fkey" FOREIGN KEY ("connector_id") REFERENCES "connector"("id") ON DELETE CASCADE ON UPDATE CASCADE;
