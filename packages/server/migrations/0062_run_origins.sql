-- What of the platform a run comes from, whatever kind of thing that is, in place of columns for each way to start one.
-- Plain columns and not one object: row-level security finds rows by indexes over plain columns only, lists do not read
-- the data, and json keeps its members in their order, which the code of a run that is replayed may depend on.
drop index executions_form;
alter table executions rename column trigger_id to origin_id;
alter table executions rename column form_name to origin_name;
alter table executions rename column form_data to origin_data;
alter table executions add column origin_kind text;
-- Only rows that have one are written, without what of them is stored out of line, and before there is an index over it.
update executions set origin_id = coalesce(form_id, origin_id),
  origin_kind = case
    when form_id is not null then 'form'
    -- The run that asks a workflow's own code for the input that an event makes.
    when type = 'mapping' then 'event'
    when trigger = 'endpoint' then 'endpoint_key'
    else trigger end
where form_id is not null or origin_id is not null;
alter table executions drop column form_id;
create index executions_origin on executions (org_id, origin_id, id desc) where origin_id is not null;
