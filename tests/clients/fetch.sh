#!/usr/bin/env bash
# Fetches programs of others that the tests talk to, into FOLDER (nothing of them is kept in the
# repository): KaTrain with what its engine code imports, and Gomill's ringmaster.
# usage: tests/clients/fetch.sh [FOLDER]    (default build/clients)
set -euo pipefail
folder=${1:-$(dirname "${BASH_SOURCE[0]}")/../../build/clients}
mkdir -p "$folder/packages"
cd "$folder"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest packages \
  katrain pysgf chardet
# Gomill comes as a source archive; its ringmaster runs unpacked, with python2.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
  --dest packages gomill
for wheel in packages/*.whl; do python3 -m zipfile -e "$wheel" katrain; done
for archive in packages/gomill-*.tar.gz; do
  [ -e "$archive" ] && tar xzf "$archive" && rm -rf gomill && mv gomill-*/ gomill
done
ls
