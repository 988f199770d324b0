#!/bin/sh
# portability.sh [TARGET...]: `make setup` and then `make TARGET` (default: test) on a fresh Debian 13. A target may have variables:
# "bench-explore PARTS=determinism".
#
# The base system is bootstrapped once into build/portability/trixie and not written again: each run gets an overlay over
# it that is thrown away, so that `make setup` is tried every time on a machine that has nothing. Only the downloaded
# packages are kept. Of this machine the new root sees a copy of the working tree, and the network.
#
# MIRROR=... names a Debian mirror, where this machine's own apt sources are not Debian's (on Ubuntu, say).
#
# ARCH=arm64: the same for another processor, which qemu imitates (packages qemu-user-static and binfmt-support; the kernel
# starts it by binfmt_misc). That is some ten times slower, so without TARGET there it is `unit-test explorer-test` only.
set -eu

release=trixie
arch=${ARCH:-$(dpkg --print-architecture)}

fail() {
	echo "portability: $*" >&2
	exit 2
}

# Programs of the other processor are started by qemu, also in a root that has none (flag F).
emulated() {
	case $arch in
	arm64) machine=aarch64 ;;
	*) fail "ARCH=$arch: only arm64 is tried besides this machine's own processor" ;;
	esac
	[ -x "/usr/bin/qemu-$machine-static" ] || fail "qemu-user-static is not installed. Run \`make setup-dev\` once."
	binfmt=/proc/sys/fs/binfmt_misc
	[ -e $binfmt/register ] || mount -t binfmt_misc binfmt_misc $binfmt || fail "this kernel has no binfmt_misc"
	[ -e "$binfmt/qemu-$machine" ] || cat "/usr/lib/binfmt.d/qemu-$machine.conf" >$binfmt/register ||
		fail "binfmt_misc does not take qemu-$machine"
}

# Has mounts and processes of its own, which end with it. $1: the root to be; the rest: the targets.
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
	cd /home/student/forkjoin
	started=$(date +%s)
	make setup || fail "make setup failed on $PRETTY_NAME"
	echo "make setup on $PRETTY_NAME: $(($(date +%s) - started)) s"
	for target in "$@"; do
		started=$(date +%s)
		# An ordinary user, as students are.
		setpriv --reuid student --regid student --clear-groups env HOME=/home/student USER=student make $target ||
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
place=$PWD/build/portability
base=$place/$release
run=$place/run
if [ "$arch" = "$(dpkg --print-architecture)" ]; then
	[ $# -gt 0 ] || set -- test
else
	base=$base-$arch
	[ $# -gt 0 ] || set -- unit-test explorer-test
	emulated
fi

# The first archive that this machine's apt uses, and the way there.
mirror=${MIRROR:-$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
	awk '$1 !~ /security/ && $2 ~ /^https?:/ {print $2; exit}')}
[ -n "$mirror" ] || fail "found no mirror in /etc/apt/sources.list or /etc/apt/sources.list.d. Name one: MIRROR=..."
proxy=${http_proxy:-}
eval "$(apt-config shell proxy Acquire::http::Proxy)"

mkdir -p "$place/archives"
exec 9>"$place/lock"
flock -n 9 || fail "another run is under way in build/portability"

if [ ! -d "$base" ]; then
	echo "Bootstrapping Debian ($release, $arch) into $(basename "$base")"
	rm -rf --one-file-system "$base.part"
	# What debootstrap mounts vanishes with it.
	http_proxy=$proxy unshare --mount debootstrap --arch="$arch" --variant=minbase --include=make "$release" "$base.part" "$mirror" \
		>"$place/debootstrap.log" 2>&1 || {
		tail -n 5 "$place/debootstrap.log" >&2
		fail "debootstrap failed; see build/portability/debootstrap.log. Has the mirror $release, and is there a network?"
	}
	chroot "$base.part" useradd --create-home --shell /bin/sh student
	echo force-unsafe-io >"$base.part/etc/dpkg/dpkg.cfg.d/portability" # no fsync for what is thrown away
	mv "$base.part" "$base"
fi

# No mount outlives the unshare below: this removes what is in the overlay and nothing else.
remove_run() { rm -rf --one-file-system "$run" 2>/dev/null || { sleep 1 && rm -rf --one-file-system "$run"; }; }
supervisor=""
stop() {
	[ -z "$supervisor" ] || kill -KILL "$supervisor" 2>/dev/null || true
	exit "$1"
}
remove_run
trap remove_run EXIT
trap 'stop 130' INT
trap 'stop 143' TERM

# What may differ from the day of the bootstrap: the sources of packages, the resolver.
upper=$run/upper
mkdir -p "$upper/etc/apt/apt.conf.d" "$upper/home/student/forkjoin" "$run/work" "$run/root"
chmod 755 "$run" "$upper" "$upper/etc" "$upper/etc/apt" "$upper/etc/apt/apt.conf.d"
echo "deb $mirror $release main" >"$upper/etc/apt/sources.list"
apt-config dump --no-empty | grep -E '^Acquire::(https?::|Check-)' >"$upper/etc/apt/apt.conf.d/outside" || true
[ -z "$proxy" ] || echo "Acquire::http::Proxy \"$proxy\";" >>"$upper/etc/apt/apt.conf.d/outside"
cp -L /etc/resolv.conf "$upper/etc/resolv.conf"

# The working tree as it is, without what git and earlier builds left there.
tar -c --exclude=./build --exclude=./.git . | tar -x --no-same-owner -C "$upper/home/student/forkjoin"
chmod --reference="$base/home/student" "$upper/home/student"
chown -R --reference="$base/home/student" "$upper/home/student"

# A process namespace, so that every process of the run ends with it, at once when this script is interrupted (apt would
# first finish). Nothing of this user's environment goes in, and not the ignored SIGINT that `&` gives.
env -i --default-signal=INT,QUIT PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
	TERM="${TERM:-dumb}" unshare --mount --pid --ipc --fork --kill-child -- sh -euc '
	self=$1 base=$2 run=$3 archives=$4
	shift 4
	mount -t overlay -o "lowerdir=$base,upperdir=$run/upper,workdir=$run/work" overlay "$run/root"
	mount --bind "$archives" "$run/root/var/cache/apt/archives"
	exec sh "$self" --inside "$run/root" "$@"
' portability "$PWD/tests/portability.sh" "$base" "$run" "$place/archives" "$@" 9>&- &
supervisor=$!
status=0
wait "$supervisor" || status=$?
supervisor=""
exit "$status"
