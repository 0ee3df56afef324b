import type { Stats } from 'node:fs'
import { chmod, lchown, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainedUser } from '../../platform/containment/users.ts'

/**
 * What an installer left becomes the server's, and readable by others. Links, and files that the installer does not own,
 * go: through them something else of this machine would be opened.
 */
export async function settle(site: string, installer: ContainedUser | null): Promise<void> {
  const folders = [site]
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      const stat = await lstat(path)
      if (stat.isDirectory()) folders.push(path)
      else if (stat.isFile() && stat.nlink === 1 && isOf(stat, installer))
        await own(path, stat.mode & 0o100 ? 0o755 : 0o644)
      else await rm(path, { force: true })
    }
    await own(folder, 0o755)
  }

  async function own(path: string, mode: number): Promise<void> {
    if (installer) await lchown(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0)
    await chmod(path, mode)
  }
}

const isOf = ({ uid }: Stats, installer: ContainedUser | null): boolean =>
  uid === (installer?.uid ?? process.getuid?.())

/** The modules that a folder of packages has, by name. */
export async function modulesOf(site: string): Promise<string[]> {
  const names = (await readdir(site)).flatMap((name) => {
    const module = /^([A-Za-z_]\w*)(\.py|\.[\w.-]*\.so|\.so)?$/.exec(name)?.[1]
    return module && module !== '__pycache__' && module !== 'bin' ? [module] : []
  })
  return [...new Set(names)].sort()
}
