import { crc32 } from 'node:zlib'

/** A zip file of these files, not compressed. */
export function zip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const path = Buffer.from(name)
    const data = Buffer.from(text)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    // 1980-01-01, the first day that such a file knows.
    facts.writeUInt16LE(0x21, 8)
    facts.writeUInt32LE(crc32(data), 10)
    facts.writeUInt32LE(data.length, 14)
    facts.writeUInt32LE(data.length, 18)
    facts.writeUInt16LE(path.length, 22)
    parts.push(Buffer.from('PK\u0003\u0004', 'latin1'), facts, path, data)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), facts, place, path)
    offset += 4 + facts.length + path.length + data.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(Object.keys(files).length, 4)
  end.writeUInt16LE(Object.keys(files).length, 6)
  end.writeUInt32LE(listed.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, listed, Buffer.from('PK\u0005\u0006', 'latin1'), end])
}

/** A package that is one module, as installers take it, under the name of its file. */
export function wheel(name: string, version: string, text: string): [file: string, content: Buffer] {
  const info = `${name}-${version}.dist-info`
  return [
    `${name}-${version}-py3-none-any.whl`,
    zip({
      [`${name}.py`]: text,
      [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
      [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      [`${info}/RECORD`]: `${name}.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`,
    }),
  ]
}

/** A package that an installer has to build, which runs this code. */
export function sourcePackage(name: string, version: string, build: string): [file: string, content: Buffer] {
  const folder = `${name}-${version}`
  const [file] = wheel(name, version, '')
  return [
    `${folder}.zip`,
    zip({
      [`${folder}/PKG-INFO`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
      [`${folder}/pyproject.toml`]:
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
      [`${folder}/backend.py`]: `
import os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    says = built()
    with zipfile.ZipFile(os.path.join(folder, "${file}"), "w") as made:
        made.writestr("${name}.py", f"SAYS = {says!r}\\n")
        info = "${folder}.dist-info"
        made.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: ${name}\\nVersion: ${version}\\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        made.writestr(f"{info}/RECORD", "")
    return "${file}"

${build}
`,
    }),
  ]
}
