#!/bin/bash
# Runs Parley's images for real, as Kubernetes would run them under Pod Security "restricted": user 10001, no capabilities, a
# read-only root with /tmp alone to write to. Services become ready, answer a real request and stop in order; the trainer
# checkpoints when asked to end, and goes on with the same command line. Ends with status 0 and a table if all holds.
#
#   deploy/images/build.sh && deploy/images/test.sh
#
#   --only IMAGE      one of them; that of the command, which others are asked with, is loaded as well
#   --tag TAG         of the tars in target/images; 0.1.0. With a tag as 0.1.0-cuda: the four for NVIDIA GPUs, on this machine's GPUs, which
#                     podman knows by NVIDIA's CDI file; asked with the command of the tag without -cuda
#   --reproducible    builds a second time (minutes), and compares every layer
#
# Needs podman, runc, curl, jq, JDK 17, skopeo for --reproducible, and the ports 8091, 8092, 8093, 8095, 8083, 9092 and 15432 free.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
here=$root/deploy/images
out=$root/target/images
tag=0.1.0
twice=
only=
images=(policy-service reward-service reference-service trainer-service cli console)
# Those that build.sh --cuda builds.
computing=(policy-service reward-service reference-service trainer-service)
device=cpu
gpus=()
# Seconds that something may take on a slow, loaded machine.
patience=120
# QUARKUS_SHUTDOWN_DELAY here: long enough for a command of parley to start and ask something meanwhile.
delay=20

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      --tag) tag=${2:?--tag needs a tag}; shift ;;
      --only) only=${2:?--only needs an image}; shift ;;
      --reproducible) twice=yes ;;
      *) echo "test: there is no option $1; options: --only, --tag, --reproducible" >&2; exit 2 ;;
    esac
    shift
  done
  for program in podman runc curl jq java ${twice:+skopeo}; do
    command -v "$program" >/dev/null || fail "there is no $program"
  done
  work=$(mktemp -d)
  started=()
  trap clean EXIT

  if [[ $tag == *-cuda ]]; then
    images=("${computing[@]}") device=cuda gpus=(--device nvidia.com/gpu=all)
  fi
  command=parley/cli:${tag%-cuda}
  if [ -n "$only" ]; then
    [[ " ${images[*]} " == *" $only "* ]] || fail "there is no image $only with the tag $tag; there are ${images[*]}"
    images=("$only")
  fi
  toy_files
  load
  for image in "${images[@]}"; do
    "${image%-service}"
  done
  [ -z "$twice" ] || reproducible
  table
}

# ---- the images -----------------------------------------------------------------------------------------------------

policy() {
  start policy-service 8091 -e PARLEY_POLICY_MODEL=/models/model -e PARLEY_POLICY_ENGINE_DEVICE=$device
  local reply
  reply=$(curl -sS --fail-with-body http://localhost:8091/v1/completions -H 'Content-Type: application/json' \
    -d '{"model": "policy", "prompt": "Tea?", "max_tokens": 8, "ignore_eos": true}')
  [ "$(jq .usage.completion_tokens <<<"$reply")" = 8 ] || fail "policy-service answered: $reply"
  logs policy-service | has 'Using incubator modules: jdk.incubator.vector' || fail "policy-service has no vector module"
  drain policy-service 8091 curl -sS --fail-with-body http://localhost:8091/v1/completions \
    -d '{"model": "policy", "prompt": "Tea?", "n": 8, "max_tokens": 200, "ignore_eos": true}'
  jq -e '.usage.completion_tokens == 1600' "$work/last" >/dev/null || fail "policy-service cut off a request when it ended"
}

reward() {
  start reward-service 8092 -e PARLEY_REWARD_SCORER=toy \
    -e SMALLRYE_CONFIG_LOCATIONS=/models/reward.properties
  podman_run "$command" score --target localhost:8092 --prompt 'Tea?' --response 'Yes, please.' >"$work/score" ||
    fail "parley score could not ask reward-service"
  jq -e '.status == "ok" and (.score | isnormal)' "$work/score" >/dev/null || fail "reward-service answered: $(cat "$work/score")"
  drain reward-service 8092 java -jar "$root/cli/target/parley-cli.jar" score --target localhost:8092 --prompt 'Tea?' --response 'No.'
  jq -e '.status == "ok"' "$work/last" >/dev/null || fail "reward-service refused a request right after SIGTERM"
}

reference() {
  start reference-service 8093 -e PARLEY_REFERENCE_MODEL=/models/model -e PARLEY_REFERENCE_DEVICE=$device
  ask_reference >"$work/log-probs" || fail "reference-service did not answer"
  grep -Eq '^\[0\.0, -[0-9.]+, -[0-9.]+\] of [0-9a-f]{64}$' "$work/log-probs" ||
    fail "reference-service answered: $(cat "$work/log-probs")"
  drain reference-service 8093 ask_reference
  cmp -s "$work/log-probs" "$work/last" || fail "reference-service answered otherwise right after SIGTERM: $(cat "$work/last")"
}

ask_reference() {
  java -cp "$root/cli/target/parley-cli.jar" "$here/AskReference.java" localhost:8093
}

trainer() {
  local run=$work/runs/toy
  # One command line for the first start and every other one, as a pod has it.
  local train=(train sft --set run.id=toy --set run.directory=/runs/toy --set run.resume=auto
    --set model.path=/models/model --set data.files=/models/demonstrations.jsonl --set data.held-out=0
    --set sft.batch-size=2 --set sft.epochs=50 --set checkpoint.every=0 --set engine.threads=1
    --set engine.device=$device)
  local from=$EPOCHREALTIME
  launch trainer-service -v "$work/runs:/runs" "parley/trainer-service:$tag" "${train[@]}"
  until lines "$run/metrics.jsonl" 1; do running trainer-service; done
  took trainer-service "$from"
  until lines "$run/metrics.jsonl" 20; do running trainer-service; done
  stop trainer-service 3
  [ "$(ls "$run/checkpoints" | wc -l)" = 1 ] || fail "trainer-service left no checkpoint when asked to end"
  local before
  before=$(wc -l <"$run/metrics.jsonl")

  launch trainer-service -v "$work/runs:/runs" "parley/trainer-service:$tag" "${train[@]}"
  inspect trainer-service
  until curl -sS http://localhost:8083/q/metrics 2>/dev/null | has '^parley_trainer_'; do running trainer-service; done
  local code
  code=$(podman wait trainer-service-images-test)
  [ "$code" = 0 ] || fail "trainer-service ended with status $code after it was started again"
  podman rm -f trainer-service-images-test >/dev/null
  [ -f "$run/model/model.safetensors" ] || fail "trainer-service left no model"
  [ "$(jq -s 'map(.update) | . == [range(1; length + 1)] and length == 1600' "$run/metrics.jsonl")" = true ] ||
    fail "trainer-service did not go on where it stopped, after $before updates"
}

cli() {
  local from=$EPOCHREALTIME
  podman_run "$command" --version >"$work/version" || fail "parley --version failed"
  took cli "$from"
  grep -q '[0-9]' "$work/version" || fail "parley --version says $(cat "$work/version")"
  [ "$(podman_run --entrypoint sh "$command" -c 'parley --help | head -n 1')" != "" ] || fail "parley is not on the PATH"
  podman_run -v "$work/models:/models:ro" "$command" generate /models/model --prompt 'Tea?' --max-new-tokens 4 >/dev/null ||
    fail "parley generate failed in its image"
  podman_run -v "$work/models:/models:ro" "$command" watch --once /models/run >"$work/watched" 2>&1 || fail "parley watch failed in its image"
  grep -q 'sft run toy, 4 updates' "$work/watched" || fail "parley watch says $(cat "$work/watched")"

  launch cli "$command" broker --port 9092 --data /tmp/broker --partitions 1
  until logs cli | has 'The broker is ready'; do running cli; done
  inspect cli
  stop cli 143
}

# The console with the database and the broker that the cli image brings for trials.
console() {
  launch database -e PARLEY_DATABASE_PASSWORD=secret "$command" database --port 15432 --directory /tmp/postgres
  until logs database | has 'The database is ready'; do running database; done
  [ "$(podman exec database-images-test id -u)" = 10001 ] || fail "the database does not run as user 10001"
  launch broker "$command" broker --port 9092 --data /tmp/broker --partitions 1
  until logs broker | has 'The broker is ready'; do running broker; done

  start console 8095 -e QUARKUS_DATASOURCE_JDBC_URL=jdbc:postgresql://localhost:15432/parley -e QUARKUS_DATASOURCE_USERNAME=parley \
    -e QUARKUS_DATASOURCE_PASSWORD=secret -e KAFKA_BOOTSTRAP_SERVERS=localhost:9092 -e PARLEY_CONSOLE_ACCESS_TOKEN=a-token-of-the-test
  local address=http://localhost:8095/api/studies
  [ "$(curl -s -o /dev/null -w '%{http_code}' "$address")" = 401 ] || fail "console answers without a token"
  echo '{"prompt": "Tea?", "answer_a": "Yes.", "answer_b": "No."}' >"$work/pairs.jsonl"
  curl -sS --fail-with-body -H 'Authorization: Bearer a-token-of-the-test' --data-binary "@$work/pairs.jsonl" "$address?name=tea" >"$work/study" ||
    fail "console made no study: $(cat "$work/study")"
  drain console 8095 curl -sS --fail-with-body -H 'Authorization: Bearer a-token-of-the-test' "$address"
  grep -q tea "$work/last" || fail "console forgot its study: $(cat "$work/last")"
  stop database 143
  stop broker 143
}

# ---- steps ----------------------------------------------------------------------------------------------------------

toy_files() {
  say "writing a toy model"
  local tests
  tests=$(ls "$root"/model/target/parley-model-*-tests.jar 2>/dev/null) || fail "nothing is built; run deploy/images/build.sh"
  mkdir -p "$work/models/run" "$work/runs"
  java -cp "$tests:$root/cli/target/parley-cli.jar" "$here/ToyFiles.java" "$work/models"
  cat >"$work/models/reward.properties" <<PROPERTIES
parley.reward.scorers.toy.type=model
parley.reward.scorers.toy.directory=/models/reward
parley.reward.scorers.toy.device=$device
PROPERTIES
  echo '{"runId": "toy", "started": {"recipe": "sft", "totalUpdates": "4"}}' >"$work/models/run/events.jsonl"
  chmod -R a+rX "$work"
  chown -R 10001:10001 "$work/runs" 2>/dev/null || chmod 777 "$work/runs"
}

load() {
  local needed=("$command") image tar
  for image in "${images[@]}"; do
    [ "$image" = cli ] || needed+=("parley/$image:$tag")
  done
  for image in "${needed[@]}"; do
    tar=$out/${image#parley/}
    tar=${tar/:/-}.tar
    [ -f "$tar" ] || fail "there is no $tar; run deploy/images/build.sh$([[ $image != *-cuda ]] || echo ' --cuda')"
    say "loading $image"
    podman load --quiet -i "$tar" >/dev/null
    local user
    user=$(podman image inspect --format '{{.User}}' "$image")
    [ "$user" = 10001:10001 ] || fail "$image is made for the user $user"
  done
}

# podman run as the strictest cluster would.
podman_run() {
  podman --runtime runc run --rm --network host --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --read-only \
    --read-only-tmpfs=false --user 10001:10001 --cap-drop all --security-opt no-new-privileges --tmpfs /tmp:rw,exec,mode=1777 "$@"
}

# launch IMAGE ARGUMENTS…: starts it in the background, on the host's network.
launch() {
  local name=$1-images-test
  shift
  podman rm -f -i "$name" >/dev/null 2>&1
  podman --runtime runc run -d --name "$name" --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --network host --read-only \
    --read-only-tmpfs=false --user 10001:10001 --cap-drop all --security-opt no-new-privileges --tmpfs /tmp:rw,exec,mode=1777 \
    "${gpus[@]}" -v "$work/models:/models:ro" "$@" >/dev/null
  started+=("$name")
  deadline=$((SECONDS + patience))
}

# start IMAGE PORT OPTIONS…: starts a service and waits until it is ready.
start() {
  local image=$1 port=$2
  shift 2
  say "starting $image"
  local from=$EPOCHREALTIME
  launch "$image" -e QUARKUS_SHUTDOWN_DELAY=${delay}s "$@" "parley/$image:$tag"
  until ready "$port"; do running "$image"; done
  took "$image" "$from"
  curl -sS --fail "http://localhost:$port/q/health/live" >/dev/null || fail "$image is ready, but not alive"
  curl -sS --fail "http://localhost:$port/q/health/started" >/dev/null || fail "$image is ready, but not started"
  curl -sS --fail "http://localhost:$port/q/metrics" | has '^jvm_' || fail "$image shows no metrics"
  inspect "$image"
}

ready() {
  [ "$(status "$1")" = 200 ]
}

status() {
  curl -s -o /dev/null -w '%{http_code}' "http://localhost:$1/q/health/ready" || true
}

# inspect IMAGE: it runs as 10001 and cannot write to its root.
inspect() {
  local name=$1-images-test
  [ "$(podman exec "$name" id -u)" = 10001 ] || fail "$1 does not run as user 10001"
  [ "$(podman exec "$name" sh -c 'awk "/^CapEff/ {print \$2}" /proc/1/status')" = 0000000000000000 ] || fail "$1 has capabilities"
  ! podman exec "$name" sh -c 'touch /opt/djl/x || touch /app/x || touch /x' 2>/dev/null || fail "$1 can write to its root"
  [ -z "$(podman exec "$name" sh -c 'ls -A /opt/djl/pytorch 2>/dev/null | grep tmp')" ] || fail "$1 unpacked its libraries again"
  podman exec "$name" grep -q '^parley:x:10001:' /etc/passwd || fail "user 10001 has no name in $1"
  podman exec "$name" test -f /app/sbom.json || fail "$1 has no bill of materials"
}

# drain IMAGE PORT COMMAND…: asks the service to end; readiness goes down while a request is still answered, then it ends.
drain() {
  local image=$1 port=$2
  shift 2
  local from=$EPOCHREALTIME
  podman kill -s TERM "$image-images-test" >/dev/null
  deadline=$((SECONDS + patience))
  until [ "$(status "$port")" = 503 ]; do running "$image"; done
  "$@" >"$work/last" || fail "$image refused a request right after SIGTERM: $(cat "$work/last")"
  ended "$image" '0|143' "$from"
}

# stop IMAGE STATUS: asks it to end, which must give this status, a pattern.
stop() {
  local from=$EPOCHREALTIME
  podman kill -s TERM "$1-images-test" >/dev/null
  ended "$1" "$2" "$from"
}

ended() {
  local code
  code=$(timeout "$patience" podman wait "$1-images-test") || fail "$1 does not end after SIGTERM"
  stopped[$1]=$(seconds "$3")
  [[ $code =~ ^($2)$ ]] || fail "$1 ended with status $code after SIGTERM, not $2"
  podman rm -f "$1-images-test" >/dev/null
}

running() {
  [ "$(podman inspect --format '{{.State.Running}}' "$1-images-test")" = true ] || fail "$1 has ended"
  [ $SECONDS -lt "$deadline" ] || fail "$1 is not there after $patience s"
  sleep 0.1
}

lines() {
  [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

# has PATTERN: what is piped in has a line of that. All of it is read, since who writes into a closed pipe fails.
has() {
  grep "$1" >/dev/null
}

logs() {
  podman logs "$1-images-test" 2>&1
}

# ---- the same bytes a second time -----------------------------------------------------------------------------------

reproducible() {
  layers >"$work/layers"
  say "building a second time"
  rm -rf "$out/work"
  for module in "${images[@]}"; do
    rm -rf "$root/$module/target/quarkus-app" "$root/$module/target/classes"
  done
  # Far from here: times of files must not depend on it.
  local cuda=()
  [ $device = cpu ] || cuda=(--cuda)
  TZ=Pacific/Auckland "$here/build.sh" "${cuda[@]}" --tag "$tag" || fail "the second build failed"
  layers >"$work/layers-again"
  diff "$work/layers" "$work/layers-again" >&2 || fail "a second build gave other layers"
  say "a second build gave the same $(wc -l <"$work/layers") layers"
}

layers() {
  for image in "${images[@]}"; do
    skopeo inspect "docker-archive:$out/$image-$tag.tar" | jq -r --arg image "$image" '.Layers[] | $image + " " + .'
  done
}

# ---- what is printed ------------------------------------------------------------------------------------------------

declare -A ready_after stopped

took() {
  ready_after[$1]=$(seconds "$2")
}

seconds() {
  awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'
}

table() {
  echo
  echo "| image | ready after | ends after | tar | of that its own | unpacked |"
  echo "|---|---|---|---|---|---|"
  for image in "${images[@]}"; do
    printf '| %s | %s s | %s s | %d MB | %d MB | %d MB |\n' "$image" "${ready_after[$image]}" "${stopped[$image]}" \
      "$(($(stat -c %s "$out/$image-$tag.tar") / 1000000))" "$(($(own "$image") / 1000000))" \
      "$(($(podman image inspect --format '{{.Size}}' "parley/$image:$tag") / 1000000))"
  done
  echo
  echo "test: all images hold"
}

# own IMAGE: bytes of those of its layers that no other tar of this tag has.
own() {
  local tar
  for tar in "$out"/*-"$tag".tar; do
    { tar -xOf "$tar" manifest.json | jq -r '.[0].Layers[]' && tar -tvf "$tar"; } |
      awk -v mine="$([ "$tar" = "$out/$1-$tag.tar" ] && echo yes)" 'NF == 1 { layer[$1] } $NF in layer && NF > 1 { print $NF, $3, mine }'
  done | awk '{ tars[$1]++ } $3 { bytes[$1] = $2 } END { for (layer in bytes) if (tars[layer] == 1) sum += bytes[layer]; printf "%.0f", sum }'
}

say() {
  echo "test: $1" >&2
}

fail() {
  echo "test: $1" >&2
  local name
  for name in "${started[@]:-}"; do
    [ -z "$name" ] || podman logs --tail 40 "$name" >&2 2>/dev/null || true
  done
  exit 1
}

clean() {
  local name
  for name in "${started[@]:-}"; do
    [ -z "$name" ] || podman rm -f "$name" >/dev/null 2>&1 || true
  done
  rm -rf "$work"
}

main "$@"
