#!/usr/bin/env bash
# Fetches programs of others that the tests talk to, into FOLDER (nothing of them is kept in the
# repository): KaTrain with what its engine code imports, and Gomill's ringmaster, also as Python 3.
# usage: tests/clients/fetch.sh [FOLDER]    (default build/clients)
set -euo pipefail
folder=${1:-$(dirname "${BASH_SOURCE[0]}")/../../build/clients}
mkdir -p "$folder/packages"
cd "$folder"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest packages \
  katrain pysgf chardet
for wheel in packages/*.whl; do python3 -m zipfile -e "$wheel" katrain; done

# Gomill comes as a source archive; its ringmaster runs unpacked. (Its setup.py, which pip looks into,
# fails in Python 3.12 and later; Debian 12 has 3.11.)
rm -rf gomill gomill3 converted
python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
  --dest packages gomill
for archive in packages/gomill-*.tar.gz; do
  tar xzf "$archive" && rm -rf gomill && mv gomill-*/ gomill
done

# It is Python 2. A copy for Python 3 takes the standard converter and what no converter can know.
if ! python3 -W ignore -c 'import lib2to3' 2> /dev/null; then
  echo "Gomill stays Python 2: converting it needs Debian's python3-lib2to3" >&2
  exit 1
fi
mkdir converted
cp -r gomill/gomill gomill/ringmaster converted
# Its modules keep "division", which one of them refers to by name.
python3 -W ignore -m lib2to3 --nofix=future --no-diffs --nobackups --write converted/gomill \
  > converted/log 2>&1 || { cat converted/log >&2; exit 1; }
# Its strings were bytes and become text everywhere, so it has nothing to encode or decode ...
sed -E -i 's/\.(en|de)code\(([^()]|\(\))*\)//g' converted/gomill/*.py
# ... but the pipes to the engines do.
sed -i 's/preexec_fn=permit_sigpipe,/& encoding="utf-8",/' converted/gomill/gtp_controller.py
# The table for str.translate comes from the same class now.
sed -i 's/string\.maketrans/str.maketrans/' converted/gomill/sgf_grammar.py
# There is one type of whole numbers, so a test that refuses the second would refuse all.
sed -i 's/not isinstance(i, int) or isinstance(i, int)/not isinstance(i, int)/' \
  converted/gomill/settings.py
# A point of a handicap is a whole number.
sed -i 's,(board_size - 1) / 2,(board_size - 1) // 2,' converted/gomill/handicap_layout.py
mv converted gomill3
ls
