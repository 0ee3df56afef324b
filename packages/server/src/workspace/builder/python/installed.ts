import { readRequirements } from './requirements.ts'
import { STANDARD_MODULES } from './standard-modules.ts'

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

/** Which modules a workspace has from elsewhere: the standard library's, and the packages that it lists. */
export class Installed {
  readonly #names = new Set<string>()

  constructor(root: string, owner: string | null) {
    for (const line of readRequirements(root, owner).lines) this.#add(line)
  }

  has(module: string): boolean {
    const first = (module.split('.')[0] ?? '').toLowerCase()
    return STANDARD_MODULES.has(module.split('.')[0] ?? '') || this.#names.has(first)
  }

  #add(line: string): void {
    const name = /^([A-Za-z\d][\w.-]*)/.exec(line)?.[1]?.toLowerCase()
    if (!name) return
    const plain = name.replaceAll(/[-.]/g, '_')
    const short = plain.replace(/^(python|py)_/, '').replace(/_(python|py|binary)$/, '')
    for (const one of [plain, short, plain.split('_')[0] ?? '', ...(MODULES_OF[name] ?? [])])
      this.#names.add(one)
  }
}
