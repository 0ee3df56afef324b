-- Files of the workspace that were written through the platform by somebody who may not write code: code cannot import them.
-- A row counts as long as the file has this stamp; a file with another one was written by somebody else since, or on disk.
-- Whose a file is, its path says. There are as many rows as files, besides those of the last minute and of files that are
-- gone, which the daily clean-up takes away. The application's role comes to none of it.
create table unvetted_files (
  -- Relative to the workspace, with links followed.
  path text not null collate "C",
  -- Size and time of the last change.
  stamp text not null,
  -- Who wrote it; null: a run that nobody started, or somebody who is gone.
  user_id uuid references users (id) on delete set null,
  -- It was written with a key that is limited.
  by_key boolean not null,
  noted_at timestamptz not null default now(),
  primary key (path, stamp)
);
create index unvetted_files_user on unvetted_files (user_id);
alter table unvetted_files enable row level security;
