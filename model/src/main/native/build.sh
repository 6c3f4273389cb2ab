#!/bin/sh
# Makes the library that is in the resources, which the Maven build only packs: build.sh [OUTPUT]. Needs gcc on Linux, x86-64.
# gcc 12.2 of Debian 12 makes the same bytes again.
set -eu
cd "$(dirname "$0")"
gcc -O2 -shared -fPIC -nostdlib -s -fcf-protection=none -fno-asynchronous-unwind-tables \
  -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,--hash-style=gnu \
  mkl_vendor.c -o "${1:-../resources/dev/parley/model/torchscript/libparley-mkl-vendor.so}"
