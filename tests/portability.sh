#!/bin/sh
# portability.sh [TARGET...]: `make setup` and then `make TARGET` (default: test) on a fresh Debian 13.
#
# The base system is bootstrapped once into build/portability/trixie and never written again: each run gets an overlay
# over it that is thrown away, so that `make setup` is tried on a machine that has nothing, each time. Only the
# downloaded packages are kept. Of this machine the chroot sees a copy of the working tree, and the network.
#
# MIRROR=... names a Debian mirror where this machine's own apt sources are not Debian's (on Ubuntu, say).
set -eu

release=trixie

fail() {
	echo "portability: $*" >&2
	exit 2
}

# Runs with mounts and processes of its own, which end with it. $1: the root to be; the rest: the targets.
inside() {
	cd "$1"
	shift
	mount -t proc proc proc
	mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
	mount -t tmpfs -o mode=1777 tmpfs dev/shm
	mount -t tmpfs -o mode=1777 tmpfs tmp
	# Not chroot: the kernel grants no user namespace to a process in a chroot, and sandboxes need one.
	mkdir .outside
	pivot_root . .outside
	umount -l /.outside
	rmdir /.outside

	. /etc/os-release
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
	cd /home/student/forkjoin
	started=$(date +%s)
	make setup || fail "make setup failed on $PRETTY_NAME"
	echo "make setup on $PRETTY_NAME: $(($(date +%s) - started)) s"
	for target in "$@"; do
		started=$(date +%s)
		# An ordinary user, as a student is one.
		setpriv --reuid student --regid student --clear-groups env HOME=/home/student USER=student make "$target" ||
			fail "make $target failed on $PRETTY_NAME"
		echo "make $target on $PRETTY_NAME: passed in $(($(date +%s) - started)) s"
	done
}

if [ "${1:-}" = --inside ]; then
	shift
	inside "$@"
	exit 0
fi

[ "$(id -u)" -eq 0 ] || fail "needs root, for debootstrap and mounts. Try: sudo make portability"
command -v debootstrap >/dev/null 2>&1 || fail "debootstrap is not installed. Run \`make setup-dev\` once."

cd "$(dirname "$0")/.."
top=$PWD
place=$top/build/portability
base=$place/$release
run=$place/run
[ $# -gt 0 ] || set -- test

# The first archive that this machine's apt uses, and what its apt needs to get there.
mirror=${MIRROR:-$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
	awk '$1 !~ /security/ && $2 ~ /^https?:/ {print $2; exit}')}
[ -n "$mirror" ] || fail "found no mirror in /etc/apt/sources.list or /etc/apt/sources.list.d. Name one: MIRROR=..."
eval "$(apt-config shell proxy Acquire::http::Proxy)"
if [ -n "${proxy:-}" ]; then
	export http_proxy="$proxy"
fi

exec 9>&2
mkdir -p "$place/archives"
if command -v flock >/dev/null 2>&1; then
	exec 9>"$place/lock"
	flock -n 9 || fail "another run is under way in build/portability"
fi

if [ ! -d "$base" ]; then
	echo "Bootstrapping Debian ($release) into build/portability/$release"
	rm -rf --one-file-system "$base.part"
	# Mounts that debootstrap makes vanish with it.
	unshare --mount debootstrap --variant=minbase --include=make "$release" "$base.part" "$mirror" >"$place/debootstrap.log" 2>&1 || {
		tail -n 5 "$place/debootstrap.log" >&2
		fail "debootstrap failed; see build/portability/debootstrap.log. Has the mirror $release, and is there a network?"
	}
	chroot "$base.part" useradd --create-home --shell /bin/sh student
	# The base is thrown away sooner than a disk fails: no fsync per file.
	echo force-unsafe-io >"$base.part/etc/dpkg/dpkg.cfg.d/portability"
	mv "$base.part" "$base"
fi

# No mount outlives the unshare below, so this removes nothing of anyone else.
remove_run() { rm -rf --one-file-system "$run"; }
remove_run
trap remove_run EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$run/upper/etc/apt/apt.conf.d" "$run/work" "$run/root"

# What may differ from the day of the bootstrap goes into the overlay.
echo "deb $mirror $release main" >"$run/upper/etc/apt/sources.list"
apt-config dump --no-empty | grep -E '^Acquire::(https?::|Check-)' >"$run/upper/etc/apt/apt.conf.d/outside" || true
cp -L /etc/resolv.conf "$run/upper/etc/resolv.conf"
for directory in etc/apt etc/apt/apt.conf.d; do
	chmod 755 "$run/upper/$directory"
done

# The working tree as it is, without what git and earlier builds left there.
owner=$(stat -c %u:%g "$base/home/student")
mkdir -p "$run/upper/home/student/forkjoin"
chmod --reference="$base/home/student" "$run/upper/home/student"
tar -c --exclude=./build --exclude=./.git . | tar -x --no-same-owner -C "$run/upper/home/student/forkjoin"
cp "$top/tests/portability.sh" "$run/"
chown -R "$owner" "$run/upper/home/student"

# The process namespace ends every process of the run with it.
status=0
unshare --mount --pid --ipc --fork --kill-child -- sh -euc '
	mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/root"
	mount --bind "$3" "$2/root/var/cache/apt/archives"
	run=$2
	shift 3
	exec sh "$run/portability.sh" --inside "$run/root" "$@"
' portability "$base" "$run" "$place/archives" "$@" 9>&- || status=$?
exit "$status"
