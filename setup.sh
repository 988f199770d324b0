#!/bin/sh
# setup.sh [--check] LIST: installs the packages of the list that are missing, by apt. With --check only says which are.
set -eu

check=no
if [ "${1:-}" = --check ]; then
	check=yes
	shift
fi
list=${1:?which list of packages?}

missing=""
for package in $(sed 's/#.*//' "$list"); do
	status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) || status=""
	[ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$check" = yes ]; then
	echo "The kit needs packages that are not installed:$missing" >&2
	echo "Run \`make setup\` once." >&2
	exit 1
fi

if ! command -v apt-get >/dev/null 2>&1; then
	echo "There is no apt-get here. Install these by hand (Debian's names):$missing" >&2
	exit 1
fi

sudo=""
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "Installing packages needs root, and there is no sudo here. Ask your administrator to run:" >&2
		echo "  apt-get install --no-install-recommends$missing" >&2
		exit 1
	fi
	sudo=sudo
fi

echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
install() { $sudo apt-get install -y -q --no-install-recommends $missing; }
if ! install >/dev/null 2>&1; then
	if ! $sudo apt-get update -q || ! install; then
		echo "The packages could not be installed. Is there a network, and a mirror in /etc/apt/sources.list?" >&2
		echo "Once there is: make setup" >&2
		exit 1
	fi
fi
