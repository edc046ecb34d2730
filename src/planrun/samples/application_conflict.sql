-- One write that a rollback must not undo silently: tenant 1 had no lease before the run, the plan created
-- the only one, and now the application raises its rent. Removing the lease would lose that.
UPDATE leases SET rent_amount = rent_amount + 100 WHERE tenant_id = 1;
