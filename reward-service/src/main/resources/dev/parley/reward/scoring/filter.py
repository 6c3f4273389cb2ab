# Comes before anything hostile is read: takes from this process, and from all that it starts, the system calls that
# programs have no need of and the kernel has had holes in. There is no way back (seccomp(2), PR_SET_NO_NEW_PRIVS(2const)).
# Leaves in `filtered` why there is no filter; nothing if there is one.
import ctypes, errno, platform, struct

# Refused, by their numbers on x86_64 and aarch64: other processes, namespaces and mounts, the kernel's own keys,
# modules, programs and clocks, handles of files, and io_uring, which would do the rest past this filter.
REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "pivot_root": (155, 41), "mount": (165, 40),
    "umount2": (166, 39), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60), "quotactl_fd": (443, 443), "acct": (163, 89),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "memfd_secret": (447, 447),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "syslog": (103, 116), "personality": (135, 92),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "vmsplice": (278, 75), "remap_file_pages": (216, 234),
    "nfsservctl": (180, 42), "lookup_dcookie": (212, 18), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "uselib": (134, None), "_sysctl": (156, None), "create_module": (174, None),
}
CLONE, CLONE3, SOCKET = (56, 220), (435, 435), (41, 198)
# What is newer than this list is not known to be harmless: cachestat, of Linux 6.5, is the last.
NEWEST = 451
# Namespaces: cgroup, uts, ipc, user, pid, net, mount.
NEW_NAMESPACES = 0x7E020000
# The architecture's name for seccomp, and its column above.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


def instructions(audit, column):
    """The filter as a program for the kernel: (code, jump if true, jump if false, value) each."""
    load, equal, greater, bits, give = 0x20, 0x15, 0x25, 0x45, 0x06
    allow, kill = 0x7FFF0000, 0x80000000
    fail = lambda number: (give, 0, 0, 0x00050000 | number)
    program = [(load, 0, 0, 4), (equal, 1, 0, audit), (give, 0, 0, kill), (load, 0, 0, 0)]
    program += [(greater, 0, 1, NEWEST), fail(errno.ENOSYS)]
    for numbers in REFUSED.values():
        if numbers[column] is not None:
            program += [(equal, 0, 1, numbers[column]), fail(errno.EPERM)]
    # Its arguments lie in memory, which a filter cannot read; whoever calls it then calls clone.
    program += [(equal, 0, 1, CLONE3[column]), fail(errno.ENOSYS)]
    program += [(equal, 0, 4, CLONE[column]), (load, 0, 0, 16), (bits, 0, 1, NEW_NAMESPACES), fail(errno.EPERM)]
    program += [(give, 0, 0, allow)]
    program += [(equal, 0, 4, SOCKET[column]), (load, 0, 0, 16), (equal, 1, 0, 1), fail(errno.EPERM)]
    program += [(give, 0, 0, allow), (give, 0, 0, allow)]
    return program


def shut():
    if struct.calcsize("P") != 8 or platform.machine() not in ARCHITECTURES:
        return "it is known for %s, found %s" % (" and ".join(ARCHITECTURES), platform.machine())
    program = instructions(*ARCHITECTURES[platform.machine()])
    packed = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(packed)))
    libc = ctypes.CDLL(None, use_errno=True)
    number = ctypes.c_ulong
    if libc.prctl(38, number(1), number(0), number(0), number(0)) != 0:
        return "no_new_privs is refused: " + errno.errorcode[ctypes.get_errno()]
    if libc.prctl(22, number(2), header, number(0), number(0)) != 0:
        return "the kernel refuses it: " + errno.errorcode[ctypes.get_errno()]
    return ""


filtered = shut()
