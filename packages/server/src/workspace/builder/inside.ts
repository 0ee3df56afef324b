import { isAbsolute, relative, sep } from 'node:path'

export const isInside = (root: string, file: string): boolean => {
  const path = relative(root, file)
  return path === '' || (path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path))
}

export const slashes = (path: string): string => (sep === '/' ? path : path.split(sep).join('/'))
