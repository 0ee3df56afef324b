-- The author's files of a code version, by path, so that the error of a run can show the line that failed in the code that
-- ran, whatever the file says by now. Null for versions that were stored before.
alter table code_versions add column sources json;
