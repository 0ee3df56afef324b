import { accessSync, constants, existsSync, globSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CHECKOUT, type Environment, readEnvironment, readSettings, type Settings } from './config.ts'
import { findLevel, levelAdvice } from './platform/containment/level.ts'
import { lockOwner } from './platform/data-dir.ts'
import { findBinaries } from './platform/postgres/binaries.ts'
import { StartError } from './platform/start-error.ts'
import { type Setting, type SettingKey, settings } from './settings.ts'
import { findInstaller } from './worker/packages/installer.ts'
import { findPython, type Python } from './worker/runtimes/find-python.ts'

/** What `bifrost doctor` says of one thing a start needs. */
export interface Finding {
  name: string
  status: 'ok' | 'warn' | 'fail'
  text: string
  /** What to do about it. */
  advice?: string
}

/** A setting as it is in force; secrets are masked. */
export interface SettingInForce {
  name: string
  value: string | null
  source: 'environment' | '.env' | 'default'
}

const NODE_MIN = 26

/** Looks at everything a start needs, and changes nothing. */
export async function examine(
  processEnv: Environment,
): Promise<{ findings: Finding[]; settings: SettingInForce[] }> {
  const findings: Finding[] = [examineNode()]
  let env: Environment = processEnv
  try {
    env = readEnvironment(processEnv)
    const read = readSettings(env)
    findings.push({ name: 'Settings', status: 'ok', text: 'all settings are valid' })
    findings.push(
      examineDataDir(read),
      ...examinePostgres(read),
      await examinePort(read),
      examineWorkspace(read),
      ...(await examinePython(read)),
      examineIsolation(),
      await examineChromium(),
    )
  } catch (cause) {
    if (!(cause instanceof StartError)) throw cause
    findings.push({ name: 'Settings', status: 'fail', text: cause.message })
  }
  return { findings, settings: settingsInForce(processEnv, env) }
}

function examineNode(): Finding {
  const name = 'Node'
  if (Number.parseInt(process.versions.node, 10) >= NODE_MIN)
    return { name, status: 'ok', text: `${process.version}, ${process.platform} ${process.arch}` }
  return {
    name,
    status: 'fail',
    text: `${process.version}`,
    advice: `Bifrost runs on ${NODE_MIN} or newer; npm ci brings one.`,
  }
}

function examineDataDir({ dataDir }: Settings): Finding {
  const name = 'Data folder'
  if (!existsSync(dataDir))
    return { name, status: 'ok', text: `${dataDir} will be created at the first start` }
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return {
      name,
      status: 'fail',
      text: `${dataDir} is not accessible to this user`,
      advice: 'Run as the user that first started Bifrost, or set BIFROST_DATA_DIR.',
    }
  }
  const open =
    existsSync(join(dataDir, 'secret.key')) && (statSync(join(dataDir, 'secret.key')).mode & 0o077) !== 0
  if (open)
    return {
      name,
      status: 'warn',
      text: `${join(dataDir, 'secret.key')} can be read by other users`,
      advice: 'Run chmod 600 on it.',
    }
  return { name, status: 'ok', text: dataDir }
}

function examinePostgres({ databaseUrl }: Settings): Finding[] {
  const name = 'PostgreSQL'
  if (databaseUrl !== null)
    return [{ name, status: 'ok', text: `that of DATABASE_URL (${new URL(databaseUrl).host})` }]
  try {
    return [{ name, status: 'ok', text: `the embedded ${findBinaries().version}` }]
  } catch (cause) {
    return [{ name, status: 'fail', text: (cause as Error).message }]
  }
}

async function examinePython({ python }: Settings): Promise<Finding[]> {
  const name = 'Python'
  const found = await findPython(python)
  if (!('problem' in found)) {
    const ok: Finding = { name, status: 'ok', text: `${found.version}, ${found.program}` }
    return [ok, await examineInstaller(found)]
  }
  const missing: Finding = {
    name,
    status: python === null ? 'warn' : 'fail',
    text: found.problem,
    advice: 'Without it, everything but Python workflows works.',
  }
  return [missing]
}

async function examineInstaller(python: Python): Promise<Finding> {
  const name = 'Python packages'
  const found = await findInstaller(python)
  if (!('problem' in found)) return { name, status: 'ok', text: `installed with ${found.name}` }
  return {
    name,
    status: 'warn',
    text: found.problem,
    advice: 'Without it, Python workflows have the standard library and what the machine has installed.',
  }
}

async function examinePort({ port, host, dataDir }: Settings): Promise<Finding> {
  const name = 'Port'
  const owner = lockOwner(dataDir)
  if (owner) return { name, status: 'ok', text: `a server runs on ${owner.port} (process ${owner.pid})` }
  const server = createServer()
  const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once('error', resolve).listen({ port, host }, () => resolve(null))
  })
  server.close()
  if (failure === null) return { name, status: 'ok', text: `${port} on ${host} is free` }
  if (failure.code === 'EADDRINUSE')
    return {
      name,
      status: 'fail',
      text: `${port} on ${host} is used by another program`,
      advice: 'Stop it, or set PORT.',
    }
  return {
    name,
    status: 'fail',
    text: `${port} on ${host}: ${failure.message}`,
    advice: 'Set HOST and PORT to an address and port of this machine.',
  }
}

function examineWorkspace({ workspaceDir }: Settings): Finding {
  const name = 'Workspace'
  try {
    accessSync(workspaceDir, constants.R_OK | constants.X_OK)
  } catch {
    return {
      name,
      status: 'fail',
      text: `${workspaceDir} is not a readable folder`,
      advice: 'Create it, or set BIFROST_WORKSPACE.',
    }
  }
  const count = (pattern: string) =>
    globSync(pattern, { cwd: workspaceDir, exclude: (file) => /^(node_modules|site-packages)$/.test(file) })
      .length
  const python = count('**/*.py')
  const files = `${count('**/*.ts')} TypeScript files${python > 0 ? `, ${python} Python files` : ''}`
  return { name, status: 'ok', text: `${workspaceDir}, ${files}` }
}

function examineIsolation(): Finding {
  const { name: level, by, stops, lacks, hasRlimits } = findLevel()
  const name = 'Isolation'
  const backstop = hasRlimits
    ? ''
    : ' The program prlimit is missing, so the kernel enforces no memory limits. Install util-linux.'
  const text = `${level} (${by}): ${stops}${lacks ? `. But ${lacks}` : ''}.${backstop}`
  return { name, status: lacks ? 'warn' : 'ok', text, ...(lacks && { advice: levelAdvice }) }
}

async function examineChromium(): Promise<Finding> {
  const name = 'Chromium'
  const script = pathToFileURL(join(CHECKOUT, 'scripts/chromium.mjs')).href
  const { findChromium } = (await import(script)) as { findChromium: () => string | null }
  try {
    const found = findChromium()
    if (found) return { name, status: 'ok', text: found }
    return { name, status: 'warn', text: 'not found: only the browser tests of npm test need it' }
  } catch (cause) {
    return { name, status: 'warn', text: (cause as Error).message }
  }
}

function settingsInForce(processEnv: Environment, env: Environment): SettingInForce[] {
  return (Object.keys(settings) as SettingKey[]).map((key) => {
    const setting: Setting = settings[key]
    const given = env[setting.name]
    const source = processEnv[setting.name] ? 'environment' : given ? '.env' : 'default'
    const value = given || setting.default
    return { name: setting.name, value: value && setting.secret ? '********' : value, source }
  })
}
