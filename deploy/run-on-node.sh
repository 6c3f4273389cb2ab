#!/usr/bin/env bash
# A whole RLHF run on one Kubernetes node: builds the images, loads them, installs the chart, tests it, makes a verdict of the
# console an event, submits a PPO run, kills and rolls policies while it goes, checks that every prompt was answered exactly once, fetches the report, and takes
# everything away again. Ends with exit code 0 if all of that was so. docs/operations.md shows what it prints.
#
#   deploy/run-on-node.sh --kind NAME                  a kind cluster, whose node's containerd gets the images
#   deploy/run-on-node.sh --load 'COMMAND'             any node: COMMAND is called with each image's tar (docker-archive)
#   deploy/run-on-node.sh --load true                  the node has the images, or pulls them
#
#   --namespace NAME     made by the script and deleted at its end            (parley-node)
#   --updates N          updates of the PPO run                               (24)
#   --values FILE        further values, after deploy/chart/parley/ci/single-node-values.yaml
#   --no-images          the tars of target/images are up to date
#   --out DIR            where the report and the pods' logs are put          (runs/on-node)
#   --runs               deploy/check-runs.sh before the end: two runs at once, stop, resume, delete, upgrade, rollback
#   --keep               leave the namespace as it is
#
# Needs kubectl and helm with a context that may make namespaces, what deploy/images/build.sh needs, and 2 CPUs and 8 GiB.
set -euo pipefail
cd "$(dirname "$0")/.."

namespace=parley-node updates=24 load='' images=yes out=runs/on-node keep='' runs='' values=()
chart=deploy/chart/parley
release=parley
run=on-node
models=runs/on-node-models

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
}
while [ $# -gt 0 ]; do
  case $1 in
    --kind) load="kind load image-archive --name $2" && shift ;;
    --load) load=$2 && shift ;;
    --namespace) namespace=$2 && shift ;;
    --updates) updates=$2 && shift ;;
    --values) values+=(--values "$2") && shift ;;
    --no-images) images= ;;
    --out) out=$2 && shift ;;
    --runs) runs=yes ;;
    --keep) keep=yes ;;
    --help | -h) usage && exit 0 ;;
    *) echo "run-on-node.sh: there is no option $1; --help lists them" >&2 && exit 2 ;;
  esac
  shift
done
[ -n "$load" ] || { usage >&2 && exit 2; }

began=$SECONDS
say() { printf '\n== [%4ds] %s\n' $((SECONDS - began)) "$*"; }
fail() {
  printf '\nrun-on-node.sh: %s\n' "$*" >&2
  exit 1
}
in_namespace() { kubectl --namespace "$namespace" "$@"; }
toolbox() { in_namespace exec "deployment/$release-toolbox" -- "$@"; }

# Whatever happens, the reason can be read afterwards.
collect() {
  mkdir -p "$out/logs"
  in_namespace get pods,jobs,deployments,statefulsets,persistentvolumeclaims -o wide >"$out/logs/objects.txt" 2>&1 || true
  in_namespace get events --sort-by=.lastTimestamp >"$out/logs/events.txt" 2>&1 || true
  local pod
  for pod in $(in_namespace get pods -o name 2>/dev/null); do
    in_namespace logs --all-containers "$pod" >"$out/logs/${pod#pod/}.log" 2>&1 || true
  done
}
ended() {
  local status=$?
  [ $status -eq 0 ] && return
  collect
  printf '\nFailed after %d s. Logs and events: %s/logs. The namespace %s is as it was; delete it when you have looked.\n' \
    $((SECONDS - began)) "$out" "$namespace" >&2
}
trap ended EXIT
rm -rf "$out"
mkdir -p "$out"

if [ -n "$images" ]; then
  say "build the images"
  deploy/images/build.sh
  # What it has built is what ./parley runs, too.
  export PARLEY_NO_BUILD=1
fi
say "load the images"
for tar in target/images/*.tar; do
  $load "$tar"
done

# A small model, fine-tuned, and a reward model of it: the quickstart's, which takes minutes here and once only.
if [ ! -d "$models/reward-model/model" ]; then
  say "make a small model and a reward model (./parley quickstart)"
  rm -rf "$models"
  ./parley quickstart --run on-node-models --updates 1 --no-browser
fi

say "a namespace that admits restricted pods alone"
kubectl create namespace "$namespace"
kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/warn=restricted

say "install the chart"
cat >"$out/values.yaml" <<'YAML'
reward:
  scorer: preference
  scorers:
    preference: {type: model, directory: /models/reward-model}
console:
  enabled: true
  # A verdict becomes an event at once, and cannot be undone.
  settings: {hold-ms: 0}
  javaOptions: -XX:TieredStopAtLevel=1
  resources: {requests: {cpu: 50m, memory: 256Mi}, limits: {memory: 768Mi}}
postgresql:
  embedded:
    persistence: {size: 1Gi}
    resources: {requests: {cpu: 20m, memory: 128Mi}, limits: {memory: 512Mi}}
YAML
helm install "$release" "$chart" --namespace "$namespace" --values "$chart/ci/single-node-values.yaml" --values "$out/values.yaml" "${values[@]}"
in_namespace rollout status "deployment/$release-toolbox" --timeout=3m

say "copy the models there: services wait for them"
pod=$(in_namespace get pods -l app.kubernetes.io/component=toolbox -o jsonpath='{.items[0].metadata.name}')
for part in sft:tiny reward-model:reward-model; do
  in_namespace cp "$models/${part%:*}/model" "$pod:/models/incoming"
  toolbox mv /models/incoming "/models/${part#*:}"
done
for workload in statefulset/$release-kafka deployment/$release-reward deployment/$release-reference deployment/$release-policy \
  statefulset/$release-postgresql deployment/$release-console; do
  in_namespace rollout status "$workload" --timeout=5m
done
in_namespace get pods -o wide

say "helm test: a real answer and a real score"
helm test "$release" --namespace "$namespace" --timeout 3m

say "the console: a study, a verdict, and its event on the topic preferences"
secret() { in_namespace get secret "$release-console" -o "jsonpath={.data.$1}" | base64 -d; }
kubectl --namespace "$namespace" port-forward "service/$release-console" 18095:8095 >"$out/port-forward.log" 2>&1 &
forward=$!
page=http://localhost:18095 cookies=$out/cookies
ask() { curl -sS --fail-with-body --retry 5 --retry-connrefused --retry-delay 1 --cookie "$cookies" --cookie-jar "$cookies" "$@"; }
echo '{"prompt": "Tea?", "answer_a": "Yes, please.", "answer_b": "No."}' >"$out/pairs.jsonl"
ask --header "Authorization: Bearer $(secret admin-token)" --data-binary "@$out/pairs.jsonl" "$page/api/studies?name=tea" && echo
rm -f "$cookies"
ask --data "name=ada&to=/" --data-urlencode "token=$(secret access-token)" "$page/sign-in"
ask "$page/studies/1/compare" >"$out/compare.html"
field() { sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$out/compare.html" | head -n 1; }
ask --data-urlencode "form=$(field form)" --data "assignment=$(field assignment)" --data verdict=left "$page/studies/1/verdicts"
deadline=$((SECONDS + 60))
until ask "$page/q/metrics" | grep '^parley_console_events_sent_events_total [1-9]'; do
  [ $SECONDS -lt $deadline ] || fail "no event of the verdict was sent within 60 s"
  sleep 1
done
kill $forward
rm -f "$cookies"

say "submit a PPO run of $updates updates, and go away"
cat >"$out/run.yaml" <<YAML
run: $run
recipe: ppo
model: /models/tiny
data: $PWD/$models/data/prompts.jsonl
settings:
  ppo.updates: $updates
  prompts.per-update: 32
  sampling.max-new-tokens: 32
  optimizer.learning-rate: 3e-4
policy:
  replicas: 2
  settings:
    engine.threads: 1
    engine.max-rows: 16
YAML
./parley submit "$out/run.yaml" --namespace "$namespace" --detach

updates_done() { ./parley runs list --namespace "$namespace" --output json | sed -n 's/.*"update" *: *\([0-9]*\).*/\1/p'; }
await_update() {
  local deadline=$((SECONDS + 600))
  until [ "$(updates_done)" -ge "$1" ] 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || fail "the run did not reach update $1 within 600 s"
    sleep 3
  done
}
policies="parley.dev/run=$run,app.kubernetes.io/component=policy"

await_update 1
say "kill a policy while it answers"
in_namespace delete "$(in_namespace get pods -l "$policies" -o name | head -n 1)" --grace-period=0 --force --wait=false

await_update 2
say "roll the policies while they answer"
in_namespace rollout restart "deployment/parley-run-$run-policy"
in_namespace rollout status "deployment/parley-run-$run-policy" --timeout=5m

say "follow the run to its end"
./parley runs watch "$run" --namespace "$namespace"
./parley runs list --namespace "$namespace"

say "every prompt has exactly one committed rollout"
toolbox parley runs verify "$run" --kafka "$release-kafka:9092"

say "fetch the report"
./parley runs report "$run" --namespace "$namespace" --output "$out/report"
ls -l "$out/report"

if [ -n "$runs" ]; then
  say "what else can be done with runs"
  deploy/check-runs.sh --namespace "$namespace" --out "$out/check-runs"
fi
if [ -n "$keep" ]; then
  say "kept: namespace $namespace"
  exit 0
fi
collect
say "uninstall"
helm uninstall "$release" --namespace "$namespace" --wait --timeout 3m
left=$(for kind in $(kubectl api-resources --namespaced --verbs=list,delete -o name | grep -v -e '^events' -e '^leases'); do
  in_namespace get "$kind" -o name 2>/dev/null
done | grep -v -e configmap/kube-root-ca.crt -e serviceaccount/default || true)
[ -z "$left" ] || fail "left after the uninstall: $left"
kubectl delete namespace "$namespace" --wait
[ -z "$(kubectl get clusterroles,clusterrolebindings,priorityclasses,persistentvolumes -o name -l app.kubernetes.io/part-of=parley)" ] ||
  fail "objects of the cluster are left"
say "nothing is left. The report: $out/report/report.html"
