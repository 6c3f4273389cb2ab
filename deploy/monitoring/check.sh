#!/usr/bin/env bash
# Checks dashboards and alerts with a real Prometheus that scrapes the real services while a small run learns:
#
#   1. promtool check rules, promtool test rules;
#   2. `parley up` on tiny models, a reward model and a PPO run of some dozen updates, which Prometheus scrapes each second;
#   3. every query of every dashboard, and what every alert looks at, through Prometheus' HTTP API. Each must have data, but for
#      those that may-be-empty.txt names with the reason. The runs are healthy ones: no alert's expression may be true, at any time.
#
#   deploy/monitoring/check.sh [--rules-only]
#
# Needs, besides what ./parley needs: prometheus and promtool on the PATH (Debian: apt-get install --no-install-recommends
# prometheus). Takes some two minutes on two cores. Leaves nothing behind but the Maven build's own files.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
alerts=$root/deploy/chart/parley/alerts
updates=${CHECK_UPDATES:-60}

fail() {
  echo "check: $1" >&2
  exit 1
}

for tool in prometheus promtool; do
  command -v "$tool" >/dev/null || fail "there is no $tool on the PATH; apt-get install --no-install-recommends prometheus brings it"
done

echo "== rules"
promtool check rules "$alerts"/*.yaml
promtool test rules "$here"/tests/*.yaml
[ "${1:-}" != --rules-only ] || exit 0

work=$(mktemp -d)
pids=()
stop() {
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null || true
    wait "${pids[i]}" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap stop EXIT

echo "== build"
"$root/parley" --version
tests=$(ls "$root"/model/target/parley-model-*-tests.jar)
trainer=$root/trainer-service/target/quarkus-app/quarkus-run.jar
export OMP_WAIT_POLICY=passive GOMP_SPINCOUNT=0 OPT_OUT_TRACKING=true
java -cp "$tests:$root/cli/target/parley-cli.jar" "$here/CheckInputs.java" "$work"

# ---- the services, and Prometheus ---------------------------------------------------------------

echo "== services"
cd "$work"
"$root/parley" up --policy "$work/policy" --reward "rules:$work/reward.yaml" --run check --threads 1 --dir "$work/up" \
  >"$work/addresses" 2>"$work/up.log" &
pids+=($!)
until grep -q '^Logs are in' "$work/addresses"; do
  kill -0 "${pids[0]}" 2>/dev/null || {
    cat "$work/up.log" >&2
    fail "parley up did not start"
  }
  sleep 0.5
done
address() { awk -v name="$1" '$1 == name { print $2 }' "$work/addresses"; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
trainer_port=$(free_port)
console_port=$(free_port)
port=$(free_port)
{
  echo "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 5s}"
  echo "rule_files: ['$alerts/*.yaml']"
  echo "scrape_configs:"
  for job in policy reward reference trainer console; do
    target=$(address "$job")
    [ "$job" != trainer ] || target=localhost:$trainer_port
    [ "$job" != console ] || target=localhost:$console_port
    echo "  - {job_name: $job, metrics_path: /q/metrics, static_configs: [{targets: ['$target'], labels: {namespace: check}}]}"
  done
} >"$work/prometheus.yml"
promtool check config "$work/prometheus.yml"
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="127.0.0.1:$port" \
  --log.level=warn >"$work/prometheus.log" 2>&1 &
pids+=($!)
until curl -fsS "http://127.0.0.1:$port/-/ready" >/dev/null 2>&1; do
  kill -0 "${pids[1]}" 2>/dev/null || {
    cat "$work/prometheus.log" >&2
    fail "prometheus did not start"
  }
  sleep 0.2
done
: >"$work/console.out"
"$root/parley" console --kafka "$(address broker)" --port "$console_port" --dir "$work/console" --no-browser \
  >"$work/console.out" 2>"$work/console.log" &
pids+=($!)
until grep -q '^All is kept in' "$work/console.out"; do
  kill -0 "${pids[2]}" 2>/dev/null || {
    cat "$work/console.log" >&2
    fail "parley console did not start"
  }
  sleep 0.5
done
begin=$(date +%s)

# ---- the runs -----------------------------------------------------------------------------------

# train RECIPE RUN SETTING...
train() {
  local recipe=$1 run=$2 settings=()
  shift 2
  for setting in "$@"; do settings+=(--set "$setting"); done
  echo "== train $recipe"
  java -Dquarkus.http.host=localhost -Dquarkus.http.port="$trainer_port" -jar "$trainer" train "$recipe" --set run.id="$run" \
    --set run.directory="$work/$run" --set model.path="$work/policy" --set engine.threads=1 \
    "${settings[@]}" >"$work/$run.log" 2>&1 || {
    cat "$work/$run.log" >&2
    fail "the $recipe run failed"
  }
}

train reward-model check-reward data.files="$work/pairs.jsonl" data.held-out=0.2 reward-model.epochs=20 \
  reward-model.batch-size=8 reward-model.evaluate-every=20
# What another client asks is seen as well.
curl -fsS "http://$(address policy)/v1/completions" -H 'Content-Type: application/json' \
  -d '{"model": "policy", "prompt": "Tea?", "max_tokens": 4}' >/dev/null
train ppo check run.kafka="$(address broker)" prompts.files="$work/prompts.jsonl" prompts.per-update=8 prompts.samples=4 \
  sampling.max-new-tokens=16 ppo.updates="$updates" ppo.max-staleness=1 checkpoint.every=5 optimizer.learning-rate=1e-3
end=$(date +%s)

# ---- the queries --------------------------------------------------------------------------------

echo "== queries, over $((end - begin)) s"
java -cp "$root/cli/target/parley-cli.jar" "$here/CheckQueries.java" "http://127.0.0.1:$port" \
  "$root/deploy/chart/parley/dashboards" "$alerts" "$here/may-be-empty.txt" "$begin" "$end" '.*'
