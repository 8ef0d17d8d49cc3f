-- CreateIndex
CREATE INDEX "approval_settled_at_idx" ON "approval"("settled_at");
