import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { foldersOf } from '../../owners.ts'
import { statOf } from '../look.ts'
import { STANDARD_MODULES } from './standard-modules.ts'

const BYTES_MAX = 256 * 1024
/** What packages are called that have modules of another name. */
const MODULES_OF: Record<string, readonly string[]> = {
  pyyaml: ['yaml'],
  beautifulsoup4: ['bs4'],
  'python-dateutil': ['dateutil'],
  pillow: ['pil'],
  'scikit-learn': ['sklearn'],
  'opencv-python': ['cv2'],
  pyjwt: ['jwt'],
  pycryptodome: ['crypto'],
  pyopenssl: ['openssl'],
  attrs: ['attr', 'attrs'],
  'msal-extensions': ['msal_extensions'],
  protobuf: ['google'],
  'mysql-connector-python': ['mysql'],
  'psycopg2-binary': ['psycopg2'],
  'python-jose': ['jose'],
  'python-docx': ['docx'],
  'python-pptx': ['pptx'],
  dnspython: ['dns'],
  pynacl: ['nacl'],
  setuptools: ['setuptools', 'pkg_resources'],
  markdown: ['markdown'],
}

/** Which modules a workspace has from elsewhere: the standard library's, and what its `requirements.txt` asks for. */
export class Installed {
  readonly #names = new Set<string>()

  constructor(root: string, owner: string | null) {
    for (const folder of ['', ...(owner === null ? [] : foldersOf(root, owner))])
      this.#read(join(root, folder, 'requirements.txt'))
  }

  has(module: string): boolean {
    const first = (module.split('.')[0] ?? '').toLowerCase()
    return STANDARD_MODULES.has(module.split('.')[0] ?? '') || this.#names.has(first)
  }

  #read(file: string): void {
    const stat = statOf(file)
    if (!stat?.isFile() || stat.size > BYTES_MAX) return
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      return
    }
    for (const line of text.split(/\r?\n/)) {
      const name = /^\s*([A-Za-z\d][\w.-]*)/.exec(line)?.[1]?.toLowerCase()
      if (!name) continue
      const plain = name.replaceAll(/[-.]/g, '_')
      const short = plain.replace(/^(python|py)_/, '').replace(/_(python|py|binary)$/, '')
      for (const one of [plain, short, plain.split('_')[0] ?? '', ...(MODULES_OF[name] ?? [])])
        this.#names.add(one)
    }
  }
}
