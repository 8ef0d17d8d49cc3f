-- What has been recorded stays as it was recorded: an UPDATE or DELETE is a bug or an attack.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER "entry_append_only" BEFORE UPDATE OR DELETE ON "entry" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "leaf_append_only" BEFORE UPDATE OR DELETE ON "leaf" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "tree_head_append_only" BEFORE UPDATE OR DELETE ON "tree_head" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "policy_version_append_only" BEFORE UPDATE OR DELETE ON "policy_version" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "verdict_append_only" BEFORE UPDATE OR DELETE ON "verdict" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- States are few and known; a typo must not become one.
ALTER TABLE "approval" ADD CONSTRAINT "approval_state_known" CHECK ("state" IN
  ('held', 'approved', 'denied', 'expired', 'withdrawn', 'void', 'claimed', 'answered', 'delivered', 'failed', 'unknown'));
ALTER TABLE "verdict" ADD CONSTRAINT "verdict_known" CHECK ("verdict" IN ('approve', 'deny'));

-- The inbox and the per-caller bound on undecided holds look only at open approvals.
CREATE INDEX "approval_open_by_caller" ON "approval" ("caller_key") WHERE "state" = 'held';
