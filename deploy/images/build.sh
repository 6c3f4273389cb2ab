#!/bin/bash
# Builds Parley's container images as tars in target/images, without a container engine and without a registry.
#
#   deploy/images/build.sh                       all six, for CPUs
#   deploy/images/build.sh --cuda                the four that compute on NVIDIA GPUs (downloads 3 GB once); others need none
#   deploy/images/build.sh --push REGISTRY       builds, then pushes to REGISTRY/parley/NAME:TAG
#
#   --base IMAGE|TAR      another base with Java 17: an image in a registry (eclipse-temurin:17-jre) or a docker-archive
#   --tag TAG             instead of 0.1.0, or 0.1.0-cuda
#   --refresh-base        makes the base anew, with Debian's newest packages
#
#   PARLEY_IMAGE_CACHE    where bases are kept; .parley/images
#
# Needs JDK 17, Maven and, for the base, mmdebstrap (Debian, Ubuntu). Pushing needs skopeo. docs/images.md tells more.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cache=${PARLEY_IMAGE_CACHE:-$root/.parley/images}
out=$root/target/images
images=(policy-service reward-service reference-service trainer-service console cli)
# Those whose pods ask for GPUs in the chart.
computing=(policy-service reward-service reference-service trainer-service)

# Debian 12 with a JRE, and nothing else: no documents, no translations.
suite=bookworm
packages=openjdk-17-jre-headless,ca-certificates
# The time of all files and images: 2026-01-01, as in pom.xml.
export SOURCE_DATE_EPOCH=1767225600
created=2026-01-01T00:00:00Z
# DJL's JNI layer is compiled for this libtorch; the wheel has it for CUDA 12.6.
torch=2.7.1

main() {
  flavour=cpu
  base=
  tag=
  push=
  refresh=
  while [ $# -gt 0 ]; do
    case $1 in
      --cuda) flavour=cuda images=("${computing[@]}") ;;
      --base) base=${2:?--base needs an image or a tar}; shift ;;
      --tag) tag=${2:?--tag needs a tag}; shift ;;
      --push) push=${2:?--push needs a registry}; shift ;;
      --refresh-base) refresh=yes ;;
      -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" | sed '$d'; exit 0 ;;
      *) fail "there is no option $1" "Options: --cuda, --base, --tag, --push, --refresh-base." ;;
    esac
    shift
  done
  need java "Install JDK 17."
  need mvn "Install Maven 3.8.7 or newer."
  [ -z "$push" ] || need skopeo "Install skopeo."
  [ -n "$tag" ] || tag=0.1.0$([ $flavour = cpu ] || echo -cuda)

  if [ -z "$base" ]; then
    base=$cache/base-$flavour.tar
    if [ -n "$refresh" ] || [ ! -f "$base" ]; then
      "base_$flavour"
    fi
  fi
  [ ! -f "$base" ] || base=tar://$(realpath "$base")

  say "building ${#images[@]} images on $base"
  rm -f "$out"/*-"$tag".tar "$out"/*-"$tag".sbom.json
  mkdir -p "$out"
  repeatable
  local modules
  modules=$(IFS=,; echo "${images[*]}")
  (cd "$root" && MAVEN_OPTS="${MAVEN_OPTS:-} $repeatable" mvn -q -B -ntp -Pimages -DskipTests -Dspotless.check.skip=true \
    -pl "$modules" -am pre-integration-test -Dmaven.compiler.fork=true \
    -Dimage.base="$base" -Dimage.tag="$tag" -Dimage.natives="$flavour" -Djib.console=plain \
    `# One cache for all, so that the layer which they share is packed once` \
    -Djib.applicationCache="$out/work/cache")

  for image in "${images[@]}"; do
    cp "$root/$image/target/sbom/sbom.json" "$out/$image-$tag.sbom.json"
  done
  say "built:"
  for image in "${images[@]}"; do
    printf '  %-18s %6s MB  %s\n' "$image" "$(($(stat -c %s "$out/$image-$tag.tar") / 1000000))" "target/images/$image-$tag.tar"
  done

  if [ -n "$push" ]; then
    for image in "${images[@]}"; do
      say "pushing $push/parley/$image:$tag"
      skopeo copy --quiet "docker-archive:$out/$image-$tag.tar" "docker://$push/parley/$image:$tag"
    done
  fi
}

# Sets the options of a JVM in which Quarkus writes the same bytes each time, started in $root, whose path may have spaces.
repeatable() {
  local classes=$out/work/repeatable asm=java.base/jdk.internal.org.objectweb.asm=ALL-UNNAMED
  rm -rf "$classes"
  javac --add-exports $asm -d "$classes" "$root/deploy/images/RepeatableBuild.java"
  printf 'Premain-Class: RepeatableBuild\nCan-Retransform-Classes: true\n' >"$classes/manifest"
  jar --create --file "$classes.jar" --manifest "$classes/manifest" -C "$classes" .
  repeatable="-javaagent:target/images/work/repeatable.jar --add-exports=$asm -XX:+UnlockExperimentalVMOptions -XX:hashCode=2 -Duser.timezone=UTC"
}

# A base for CPUs: a Debian root folder as the one layer of an image.
base_cpu() {
  need mmdebstrap "Install mmdebstrap, or name a base with --base eclipse-temurin:17-jre."
  mkdir -p "$cache"
  local work
  work=$(mktemp -d "$cache/base.XXXXXX")
  # Only of this function: a trap of RETURN stays otherwise.
  trap 'rm -rf "$work"; trap - RETURN' RETURN
  say "making a base from Debian's packages"
  mmdebstrap --quiet --variant=minbase --include=$packages \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --aptopt='Acquire::Languages "none"' \
    `# update-alternatives fails without it` \
    --setup-hook='mkdir -p "$1/usr/share/man/man1"' \
    --customize-hook='rm -rf "$1"/var/cache/* "$1"/var/log/*' \
    $suite "$work/jre.tar"
  pack "$cache/base-cpu.tar" "$(environment_cpu)" "$work/jre.tar"
}

environment_cpu() {
  echo '"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"'
}

# A base for GPUs: the same, and libtorch with CUDA's libraries from PyPI's wheels. No Python is in it.
base_cuda() {
  need python3 "Install Python 3 with pip: it fetches the wheels of torch==$torch."
  [ -f "$cache/base-cpu.tar" ] || base_cpu
  local work
  work=$(mktemp -d "$cache/base.XXXXXX")
  # Only of this function: a trap of RETURN stays otherwise.
  trap 'rm -rf "$work"; trap - RETURN' RETURN
  say "fetching the wheels of torch==$torch with CUDA's libraries"
  python3 -m pip download --quiet --only-binary=:all: --python-version 3.11 --implementation cp \
    --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform manylinux_2_27_x86_64 \
    --platform manylinux_2_17_x86_64 --dest "$work/wheels" "torch==$torch"
  say "unpacking them"
  mkdir -p "$work/root/opt/torch"
  for wheel in "$work"/wheels/torch-*.whl "$work"/wheels/nvidia_*.whl; do
    # Headers and Python's own parts stay out.
    python3 - "$wheel" "$work/root/opt/torch" <<'PYTHON'
import re, sys, zipfile
wheel, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if re.match(r"(torch|nvidia/[^/]+)/lib/.*\.so[^/]*$", name) and "libtorch_python" not in name:
            archive.extract(name, target)
PYTHON
    rm "$wheel"
  done
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    -C "$work/root" -cf "$work/torch.tar" opt
  local libraries
  libraries=$(cd "$work/root" && find opt/torch/nvidia -mindepth 2 -maxdepth 2 -name lib | sort | sed 's,^,/,' | paste -sd:)
  rm -rf "$work/root" "$work/wheels"
  mkdir "$work/cpu"
  tar -C "$work/cpu" -xf "$cache/base-cpu.tar"
  pack "$cache/base-cuda.tar" "$(environment_cpu),\"PYTORCH_VERSION=$torch\",\"PYTORCH_FLAVOR=cu128\",\"PYTORCH_LIBRARY_PATH=/opt/torch/torch/lib\",\"LD_LIBRARY_PATH=$libraries:/opt/torch/torch/lib\",\"NVIDIA_VISIBLE_DEVICES=all\",\"NVIDIA_DRIVER_CAPABILITIES=compute,utility\"" \
    "$work"/cpu/*/layer.tar "$work/torch.tar"
}

# Packs root folders as an image in the form of a docker-archive.
#   pack TARGET ENVIRONMENT LAYER.tar…
pack() {
  local target=$1 environment=$2
  shift 2
  local image=$work/image ids=() files=() layer sum config
  mkdir -p "$image"
  for layer in "$@"; do
    sum=$(sha256sum "$layer" | cut -d' ' -f1)
    mkdir -p "$image/$sum"
    mv "$layer" "$image/$sum/layer.tar"
    ids+=("\"sha256:$sum\"")
    files+=("\"$sum/layer.tar\"")
  done
  cat >"$work/config.json" <<JSON
{"architecture":"$(architecture)","os":"linux","created":"$created","config":{"Env":[$environment]},
 "rootfs":{"type":"layers","diff_ids":[$(IFS=,; echo "${ids[*]}")]},
 "history":[$(printf '%s' "${ids[@]/*/,{\"created\":\"$created\",\"created_by\":\"deploy/images/build.sh\"\}}" | cut -c2-)]}
JSON
  config=$(sha256sum "$work/config.json" | cut -d' ' -f1).json
  mv "$work/config.json" "$image/$config"
  echo "[{\"Config\":\"$config\",\"RepoTags\":[\"parley/base:$flavour\"],\"Layers\":[$(IFS=,; echo "${files[*]}")]}]" >"$image/manifest.json"
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$image" -cf "$target.new" $(ls "$image")
  mv "$target.new" "$target"
}

architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) fail "images are not built on $(uname -m)" "Build on x86_64 or aarch64." ;;
  esac
}

need() {
  command -v "$1" >/dev/null 2>&1 || fail "there is no $1" "$2"
}

say() {
  echo "images: $1" >&2
}

fail() {
  echo "images: $1" >&2
  echo "$2" >&2
  exit 1
}

main "$@"
