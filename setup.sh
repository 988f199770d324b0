#!/bin/sh
# setup.sh [--check] LIST: installs the packages of the list that are missing, by apt. With --check only says which are.
# A name that ends in ? is a package that the kit can do without: it is installed if apt knows it.
set -eu

check=no
if [ "${1:-}" = --check ]; then
	check=yes
	shift
fi
list=${1:?which list of packages?}

missing="" optional=""
for package in $(sed 's/#.*//' "$list"); do
	name=${package%"?"}
	status=$(dpkg-query -W -f='${Status}' "$name" 2>/dev/null) || status=""
	if [ "$status" = "install ok installed" ]; then
		continue
	elif [ "$name" != "$package" ]; then
		optional="$optional $name"
	else
		missing="$missing $name"
	fi
done
if [ "$check" = yes ]; then
	optional=""
fi
[ -n "$missing$optional" ] || exit 0

if [ "$check" = yes ]; then
	echo "The kit needs packages that are not installed:$missing" >&2
	echo "Run \`make setup\` once." >&2
	exit 1
fi

if ! command -v apt-get >/dev/null 2>&1; then
	[ -n "$missing" ] || exit 0
	echo "There is no apt-get here. Install these by hand (Debian's names):$missing" >&2
	exit 1
fi

# Whether apt has heard of a package; before its first update it knows none.
listed() { [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }
if listed gcc; then
	for package in $optional; do
		listed "$package" || {
			echo "There is no package $package here; the kit does without it."
			optional=$(echo "$optional" | sed "s/ $package\\>//")
		}
	done
	[ -n "$missing$optional" ] || exit 0
fi

sudo=""
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		[ -n "$missing" ] || exit 0
		echo "Installing packages needs root, and there is no sudo here. Ask your administrator to run:" >&2
		echo "  apt-get install --no-install-recommends$missing" >&2
		exit 1
	fi
	sudo=sudo
fi

echo "Installing:$missing$optional"
export DEBIAN_FRONTEND=noninteractive
install() { $sudo apt-get install -y -q --no-install-recommends "$@"; }
if [ -n "$missing" ] && ! install $missing >/dev/null 2>&1; then
	if ! $sudo apt-get update -q || ! install $missing; then
		echo "The packages could not be installed. Is there a network, and a mirror in /etc/apt/sources.list?" >&2
		echo "Once there is: make setup" >&2
		exit 1
	fi
fi
for package in $optional; do
	install "$package" >/dev/null 2>&1 || echo "The package $package could not be installed; the kit does without it."
done
