-- The moves of an approval, as packages/approval/src/state-machine.ts has them; a test compares the two.
-- Whoever adds a move there replaces this function in a new migration.
CREATE FUNCTION "approval_may_move"("from_state" text, "to_state" text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT ("from_state", "to_state") IN (
    ('held', 'approved'), ('held', 'denied'), ('held', 'expired'), ('held', 'withdrawn'),
    ('approved', 'claimed'), ('approved', 'expired'), ('approved', 'void'), ('approved', 'denied'), ('approved', 'held'),
    ('claimed', 'answered'), ('claimed', 'failed'), ('claimed', 'unknown'),
    ('answered', 'delivered'), ('answered', 'claimed'),
    ('delivered', 'claimed'))
$$;

-- Each change of state is a conditional update already. Should one ever forget its condition, nothing
-- comes back to life: what was denied, expired or of unknown outcome is never claimed.
CREATE FUNCTION "refuse_move"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT "approval_may_move"(OLD."state", NEW."state") THEN
    RAISE EXCEPTION 'an approval can''t go from % to %', OLD."state", NEW."state" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER "approval_moves" BEFORE UPDATE OF "state" ON "approval" FOR EACH ROW
  WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION "refuse_move"();
