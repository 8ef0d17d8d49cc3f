-- Every process looks each second for tasks to run, and for those that nobody polls any more: few beside all that waits.
CREATE INDEX "approval_task_waiter" ON "approval" ("waiter_until") WHERE "waiter_instance" IS NULL AND "waiter_id" IS NOT NULL;
