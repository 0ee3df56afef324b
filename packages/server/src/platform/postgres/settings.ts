/**
 * Settings of the embedded PostgreSQL: durable, and small enough for a machine with 2 cores and 1 GB.
 * They are passed on the command line, so that an update of Bifrost changes them for existing data too.
 */
export const postgresSettings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: '5432',
  max_connections: '60',
  superuser_reserved_connections: '3',

  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_compression: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  min_wal_size: '80MB',
  max_wal_size: '512MB',
  checkpoint_timeout: '15min',

  shared_buffers: '64MB',
  effective_cache_size: '512MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  random_page_cost: '1.1',
  jit: 'off',
  // Queries are short and the cores are few: helper processes would cost more than they give.
  max_parallel_workers_per_gather: '0',
  io_method: 'sync',

  autovacuum: 'on',
  autovacuum_max_workers: '2',
  autovacuum_naptime: '30s',
  // The queue's tables are small and change all the time.
  autovacuum_vacuum_scale_factor: '0.1',

  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
}

/** For data that is thrown away: a crash of the machine may lose it, a crash of PostgreSQL does not. */
export const throwawaySettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
}
