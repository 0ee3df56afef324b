// The product as its own process, as `npm start` runs it, in folders of the journeys and with a set-up link.
import { run } from '../../packages/server/src/run.ts'

const [dataDir = '', workspace = '', launcher = ''] = process.argv.slice(2)
await run({
  // Given here they also win over a developer's own .env file.
  env: {
    PORT: '0',
    HOST: '127.0.0.1',
    BIFROST_DATA_DIR: dataDir,
    BIFROST_WORKSPACE: workspace,
    BIFROST_ADMIN_EMAIL: '',
    BIFROST_ADMIN_PASSWORD: '',
    BIFROST_ADMIN_API_KEY: '',
    BIFROST_SECRET_KEY: '',
    DATABASE_URL: '',
    // Services of the journeys themselves.
    BIFROST_EGRESS_ALLOW: '127.0.0.1',
    LOG_LEVEL: 'error',
  },
  launchers: [Number(launcher)],
})
