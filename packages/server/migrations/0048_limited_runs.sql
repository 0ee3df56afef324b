-- What a run, an event or a schedule may do at most, because an API key that is limited to these permissions started,
-- emitted or made it; null: whatever its person may. What they start in turn has the same limit.
alter table executions add column limited_to json;
alter table events add column limited_to json;
alter table schedules add column limited_to json;
