-- What was approved of the same tool, and what a caller did lately: looked at when an approval is opened.
-- CreateIndex
CREATE INDEX "approval_connection_id_method_target_id_idx" ON "approval"("connection_id", "method", "target", "id");

-- CreateIndex
CREATE INDEX "session_caller_key_started_at_idx" ON "session"("caller_key", "started_at");
