// The settings that the embedded server is started with.

export type ServerSettings = Readonly<Record<string, string>>

/** For one product on one machine: durable, small, and quick to tidy up after many short transactions. */
const defaults: ServerSettings = {
  max_connections: '100',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  // The binaries are built without lz4; `on` is PostgreSQL's own method.
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  autovacuum_naptime: '15s',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_vacuum_insert_scale_factor: '0.05',
  autovacuum_analyze_scale_factor: '0.02',
  autovacuum_vacuum_cost_limit: '1000',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_checkpoints: 'off',
  log_startup_progress_interval: '5s',
}

/** Command line of `postgres`. `overrides` win over the defaults, but not over the address. */
export function serverArguments(
  cluster: string,
  address: { readonly socketDir: string; readonly port: number },
  overrides: ServerSettings = {},
  platform = process.platform,
): readonly string[] {
  const settings = {
    ...defaults,
    ...overrides,
    ...addressSettings(address.socketDir, platform),
    port: String(address.port),
  }
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function addressSettings(socketDir: string, platform: string): ServerSettings {
  if (platform === 'win32') return { listen_addresses: '127.0.0.1', unix_socket_directories: '' }
  // The setting is a list: quoted, a comma or a space in the path does not end it.
  return {
    listen_addresses: '',
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  }
}
