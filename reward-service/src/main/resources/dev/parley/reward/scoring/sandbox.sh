# Runs as the first process of new mount, pid, network, ipc and uts namespaces, as root of them. Makes a world of
# its own in memory, moves into it, gives up every right and starts Python there. Nothing of it is left afterwards.
#
#   PYTHON PYTHON_HOME   the interpreter, and where it lives if not under /usr
#   DROP_TO              the user and group to become; empty where the namespace knows one user alone
#   CPU MEMORY FILES PROCESSES   limits: seconds, bytes, bytes, number
#   SECONDS_IN_ALL       after which it is killed
#   PROGRAM              what Python runs
set -eu
root=/tmp

# What is killed first when memory runs out is this.
echo 1000 >/proc/self/oom_score_adj

mount -t tmpfs -o size=1m,nr_inodes=1k,mode=755 tmpfs "$root"
cd "$root"

show() {
  mkdir -p ".$1"
  mount --bind "$1" ".$1"
  mount -o remount,bind,ro,nosuid,nodev ".$1"
}

show /usr
for directory in /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -h "$directory" ]; then
    ln -s "$(readlink "$directory")" ".$directory"
  elif [ -d "$directory" ]; then
    show "$directory"
  fi
done
if [ -n "$PYTHON_HOME" ]; then
  show "$PYTHON_HOME"
fi
if [ -f /etc/ld.so.cache ]; then
  mkdir etc
  cp /etc/ld.so.cache etc/
fi
mkdir dev
for device in null zero random urandom; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir proc old work
# A container may refuse a new /proc; Python does without.
mount -t proc -o nosuid,nodev,noexec proc proc 2>/dev/null || true
mount -t tmpfs -o "size=$FILES,nr_inodes=1k,mode=1777,nosuid,nodev" tmpfs work
mkdir -p tmp
mount --bind work tmp

pivot_root . old
cd /
umount -l /old
rmdir /old
mount -o remount,bind,ro,nosuid,nodev /
cd /work

# Not exec: this shell stays the first process. When its child ends, it ends, and with it all that the child left.
timeout -s KILL "$SECONDS_IN_ALL" env -i PATH=/usr/bin:/bin HOME=/work TMPDIR=/work LANG=C.UTF-8 \
  setpriv ${DROP_TO:+--reuid "$DROP_TO" --regid "$DROP_TO" --clear-groups} \
  --bounding-set=-all --inh-caps=-all --no-new-privs \
  prlimit --cpu="$CPU" --as="$MEMORY" --fsize="$FILES" --nproc="$PROCESSES" --nofile=64 --core=0 --memlock=0 --msgqueue=0 \
  nice "$PYTHON" -I -B -X utf8 -c "$PROGRAM"
