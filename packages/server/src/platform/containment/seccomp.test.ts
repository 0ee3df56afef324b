import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findSandbox } from './bubblewrap.ts'
import { seccompFilter } from './seccomp.ts'

const ALLOWED = 'allowed'
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97]

/** What the kernel makes of a call: it runs the filter, as `man 2 seccomp` has it. */
function decide(filter: Buffer, call: { audit: number; number: number; args?: number[] }): string | number {
  const at = (offset: number) => {
    if (offset === 0) return call.number
    if (offset === 4) return call.audit
    return call.args?.[(offset - 16) / 8] ?? 0
  }
  let value = 0
  for (let line = 0; line < filter.length / 8; line++) {
    const code = filter.readUInt16LE(line * 8)
    const operand = filter.readUInt32LE(line * 8 + 4)
    const jump = (isTrue: boolean) => {
      line += filter.readUInt8(line * 8 + (isTrue ? 2 : 3))
    }
    if (code === 0x20) value = at(operand) >>> 0
    else if (code === 0x15) jump(value === operand)
    else if (code === 0x35) jump(value >= operand)
    else if (code === 0x45) jump((value & operand) !== 0)
    else if (code === 0x06) return operand === 0x7fff0000 ? ALLOWED : operand & 0xffff
    else throw new Error(`no instruction ${code}`)
  }
  throw new Error('the filter does not end')
}

const machines = {
  x64: { audit: 0xc000003e, ptrace: 101, unshare: 272, read: 0, execve: 59, clone: 56, socket: 41, bpf: 321 },
  arm64: {
    audit: 0xc00000b7,
    ptrace: 117,
    unshare: 97,
    read: 63,
    execve: 221,
    clone: 220,
    socket: 198,
    bpf: 280,
  },
} as const

test.each(['x64', 'arm64'] as const)('on %s the filter refuses what it lists, and nothing else', (name) => {
  const filter = seccompFilter(name) as Buffer
  const { audit, ...numbers } = machines[name]
  const call = (number: number, ...args: number[]) => decide(filter, { audit, number, args })
  for (const one of ['ptrace', 'unshare', 'bpf'] as const)
    expect({ one, gives: call(numbers[one]) }).toEqual({ one, gives: EPERM })
  for (const one of ['read', 'execve'] as const)
    expect({ one, gives: call(numbers[one]) }).toEqual({ one, gives: ALLOWED })
  expect(call(425)).toBe(EPERM)
  expect(call(435)).toBe(ENOSYS)
  // A thread, a process, and one with a namespace of users.
  expect([call(numbers.clone, 0x3d0f00), call(numbers.clone, 17), call(numbers.clone, 0x10000011)]).toEqual([
    ALLOWED,
    ALLOWED,
    EPERM,
  ])
  // Unix, IPv4, IPv6, the list of interfaces; other netlink, raw packets, vsock, kernel crypto.
  const families = [[1], [2], [10], [16, 3, 0], [16, 3, 12], [17], [40], [38]].map(
    ([family = 0, kind = 1, protocol = 0]) => call(numbers.socket, family, kind, protocol),
  )
  expect(families).toEqual([...Array(4).fill(ALLOWED), ...Array(4).fill(EAFNOSUPPORT)])
  // By the numbers of another architecture, or of another convention.
  expect(decide(filter, { audit: 0x40000003, number: 3 })).toBe(ENOSYS)
  expect(call(0x40000000)).toBe(ENOSYS)
})

test('other processors have no filter', () => {
  expect(seccompFilter('riscv64')).toBeNull()
})

const PERL = ['/usr/bin/perl'].find((path) => existsSync(path))

test('the kernel keeps it', ({ skip }) => {
  const home = mkdtempSync('/tmp/bifrost-seccomp-')
  const user = process.getuid?.() === 0 ? { uid: 62_100, gid: 62_100 } : null
  try {
    const sandbox = findSandbox(user, home)
    if (!sandbox?.filterFile || !PERL || process.arch !== 'x64')
      return skip('needs bubblewrap that takes a filter, Perl, and x86-64')
    const filter = openSync(sandbox.filterFile, 'r')
    const { file, args } = sandbox.command({
      command: [
        PERL,
        '-e',
        // ptrace, unshare, io_uring_setup, bpf, a raw packet socket, and a call that is allowed.
        'for my $c ([101,0,0,0,0],[272,0x10000000],[425,1,0],[321,0,0,0],[41,17,3,0],[39]) { $! = 0; my $r = syscall($c->[0], map { $_ + 0 } @{$c}[1..$#{$c}]); print $r < 0 ? $! + 0 : "ok", " " }',
      ],
      folder: join(home, 'own'),
      folderBytes: 1024 * 1024,
      readable: [],
      writable: [],
      network: 'none',
      filterDescriptor: 3,
    })
    const { stdout, stderr } = spawnSync(file, args, {
      stdio: ['ignore', 'pipe', 'pipe', filter],
      encoding: 'utf8',
      ...(user ?? {}),
    })
    closeSync(filter)
    expect(`${stdout}${stderr}`).toBe('1 1 1 1 97 ok ')
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
