-- The React components that the screens of a code version show: a run shows those of the version that it began with.
create table code_screens (
  version text not null references code_versions (version) on delete cascade,
  path text not null,
  source text not null,
  primary key (version, path)
);
