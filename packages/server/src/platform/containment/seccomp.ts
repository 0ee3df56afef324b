/**
 * A list of system calls that no contained program needs and that the kernel's holes are found in: tracing, mounting,
 * namespaces, keys, kernel modules, BPF, io_uring. A deny list, because Node, its libraries and the kernel use hundreds
 * of others, and new ones come with each release.
 */

/** Number on x86-64 and on arm64; null: the call does not exist there. */
const DENIED: Record<string, readonly [number | null, number | null]> = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  fanotify_init: [300, 262],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  syslog: [103, 116],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  move_pages: [279, 239],
  migrate_pages: [256, 238],
  lookup_dcookie: [212, 18],
  personality: [135, 92],
  vhangup: [153, 58],
  iopl: [172, null],
  ioperm: [173, null],
  modify_ldt: [154, null],
  uselib: [134, null],
}

const ARCHITECTURES = {
  x64: { audit: 0xc000003e, column: 0, clone: 56, clone3: 435, socket: 41 },
  arm64: { audit: 0xc00000b7, column: 1, clone: 220, clone3: 435, socket: 198 },
} as const

const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97
/** Any of CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const CLONE_NEW = 0x7e020000
const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] = [1, 2, 10, 16]
/** From here on numbers are those of another calling convention of x86-64. */
const X32 = 0x40000000

// Instructions of classic BPF, and where `struct seccomp_data` has what they look at.
const [LOAD, JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_ANY_BIT, RETURN] = [0x20, 0x15, 0x35, 0x45, 0x06]
const [NUMBER, ARCHITECTURE, FIRST_ARGUMENT, THIRD_ARGUMENT] = [0, 4, 16, 32]
const ALLOW = 0x7fff0000
const refuse = (error: number) => 0x00050000 | error

type Instruction = readonly [code: number, value: number, ifTrue?: number, ifFalse?: number]

/** The filter as the kernel reads it; null on a processor that we have no numbers for. */
export function seccompFilter(architecture: string): Buffer | null {
  if (architecture !== 'x64' && architecture !== 'arm64') return null
  const { audit, column, clone, clone3, socket } = ARCHITECTURES[architecture]
  const program: Instruction[] = [
    // A call by the numbers of another architecture would pass by all rules below.
    [LOAD, ARCHITECTURE],
    [JUMP_EQUAL, audit, 1, 0],
    [RETURN, refuse(ENOSYS)],
    [LOAD, NUMBER],
    [JUMP_GREATER_EQUAL, X32, 0, 1],
    [RETURN, refuse(ENOSYS)],
  ]
  for (const numbers of Object.values(DENIED)) {
    const number = numbers[column]
    if (number !== null && number !== undefined)
      program.push([JUMP_EQUAL, number, 0, 1], [RETURN, refuse(EPERM)])
  }
  program.push(
    // Its flags lie in memory, where a filter cannot look; the C library then uses clone.
    ...([
      [JUMP_EQUAL, clone3, 0, 1],
      [RETURN, refuse(ENOSYS)],
      [JUMP_EQUAL, clone, 0, 4],
      [LOAD, FIRST_ARGUMENT],
      [JUMP_ANY_BIT, CLONE_NEW, 0, 1],
      [RETURN, refuse(EPERM)],
      [RETURN, ALLOW],
      [JUMP_EQUAL, socket, 1, 0],
      [RETURN, ALLOW],
      [LOAD, FIRST_ARGUMENT],
      [JUMP_EQUAL, AF_UNIX, 5, 0],
      [JUMP_EQUAL, AF_INET, 4, 0],
      [JUMP_EQUAL, AF_INET6, 3, 0],
      [JUMP_EQUAL, AF_NETLINK, 0, 3],
      // Of netlink, the list of network interfaces alone.
      [LOAD, THIRD_ARGUMENT],
      [JUMP_EQUAL, 0, 0, 1],
      [RETURN, ALLOW],
      [RETURN, refuse(EAFNOSUPPORT)],
    ] satisfies Instruction[]),
  )
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach(([code, value, ifTrue = 0, ifFalse = 0], index) => {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(ifTrue, index * 8 + 2)
    bytes.writeUInt8(ifFalse, index * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4)
  })
  return bytes
}
