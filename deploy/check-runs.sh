#!/usr/bin/env bash
# Everything that can be done with runs, on a release that run-on-node.sh has installed: two runs side by side, submitted by
# somebody who may manage runs and nothing else; Ctrl-C, logs, stop, resume, delete; an upgrade with changed values and back while
# a run goes, and the only reward pod killed twice. Ends with exit code 0 if all of that was so. docs/runs.md shows what it did.
#
#   deploy/run-on-node.sh --load … --runs            installs, makes its own run, calls this, and uninstalls
#   deploy/check-runs.sh --namespace NAME            a release that is there already, left by run-on-node.sh --keep
#
#   --updates N          updates of the run that is stopped; the other makes twice as many: enough that they last for minutes (40); more on a busy machine
#   --suffix TEXT        of the runs' names: a second time in one namespace, their prompts are in Kafka already
#   --out DIR            where files are put            (runs/check-runs)
set -euo pipefail
cd "$(dirname "$0")/.."

namespace=parley-node updates=40 suffix= out=runs/check-runs
release=parley
chart=deploy/chart/parley
models=runs/on-node-models

while [ $# -gt 0 ]; do
  case $1 in
    --namespace) namespace=$2 && shift ;;
    --updates) updates=$2 && shift ;;
    --suffix) suffix=$2 && shift ;;
    --out) out=$2 && shift ;;
    --help | -h) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    *) echo "check-runs.sh: there is no option $1; --help lists them" >&2 && exit 2 ;;
  esac
  shift
done

gentle=gentle$suffix free=free$suffix
began=$SECONDS
say() { printf '\n== [%4ds] %s\n' $((SECONDS - began)) "$*"; }
fail() {
  printf '\ncheck-runs.sh: %s\n' "$*" >&2
  exit 1
}
in_namespace() { kubectl --namespace "$namespace" "$@"; }
rm -rf "$out"
mkdir -p "$out"

# ---- somebody who may manage runs ---------------------------------------------------------------

say "a service account with the Role $release-run-manager, and nothing else"
helm get values "$release" --namespace "$namespace" --output yaml >"$out/values.yaml"
in_namespace create serviceaccount runner --dry-run=client -o yaml | in_namespace apply -f -
helm upgrade "$release" "$chart" --namespace "$namespace" --values "$out/values.yaml" --wait --timeout 5m \
  --set 'runManagers[0].kind=ServiceAccount' --set 'runManagers[0].name=runner' | sed -n '/^REVISION/p;/^STATUS/p'
# A kubeconfig with the cluster of this one, and the account's token.
kubectl config view --minify --flatten >"$out/kubeconfig"
export_runner() { KUBECONFIG=$out/kubeconfig kubectl config "$@" >/dev/null; }
export_runner set-credentials runner --token "$(in_namespace create token runner --duration 2h)"
export_runner set-context --current --user runner --namespace "$namespace"
as_runner() { KUBECONFIG=$out/kubeconfig "$@"; }
for refused in 'get secrets' 'create roles' 'update deployments --subresource=status' 'delete networkpolicies'; do
  # shellcheck disable=SC2086
  as_runner kubectl auth can-i $refused >/dev/null && fail "a run manager may $refused"
done
echo "may not: get secrets, create roles, delete networkpolicies"
parley() { as_runner ./parley "$@"; }

run_file() { # NAME KL UPDATES
  cat >"$out/$1.yaml" <<YAML
run: $1
recipe: ppo
model: /models/tiny
data: $PWD/$models/data/prompts.jsonl
settings:
  ppo.updates: $3
  prompts.per-update: 16
  sampling.max-new-tokens: 24
  optimizer.learning-rate: 3e-4
  kl.coefficient: $2
policy:
  replicas: 1
  settings:
    engine.threads: 1
    engine.max-rows: 16
YAML
}

listed() { # RUN FIELD: a field of a run, as runs list --output json has it
  parley runs list --output json | tr -d '\n' | tr '}' '\n' | grep "\"run\" *: *\"$1\"" | sed -n "s/.*\"$2\" *: *\"\{0,1\}\([^\",]*\).*/\1/p" | sed 's/ *$//'
}
await() { # SECONDS WHAT COMMAND…
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ $SECONDS -lt $deadline ] || fail "waited in vain until $what"
    sleep 2
  done
}
at_update() { [ "$(listed "$1" update)" -ge "$2" ] 2>/dev/null; }
is() { [ "$(listed "$1" state)" = "$2" ]; }

# ---- two runs ------------------------------------------------------------------------------------

run_file $free 0.01 $((2 * updates))
run_file $gentle 0.2 $updates
say "submit a run, and go away"
parley submit "$out/$free.yaml" --detach

say "submit a second one beside it, follow it, and press Ctrl-C once it learns"
# A shell's background job would not hear SIGINT; a command under timeout does.
KUBECONFIG=$out/kubeconfig timeout --preserve-status 900 ./parley submit "$out/$gentle.yaml" >"$out/follow.log" 2>&1 &
follower=$!
await 600 "both runs have made updates" eval 'at_update $gentle 1 && at_update $free 1'
kill -INT $follower
status=0
wait $follower || status=$?
cat "$out/follow.log"
echo "(exit code $status)"
is $gentle running || fail "the run is $(listed $gentle state) after Ctrl-C, not running"
parley runs list

say "logs of the trainer, and of the policies"
parley runs logs $gentle --tail 3
parley runs logs $free --component policy --tail 3

say "stop one of them: it writes a checkpoint, and no pod of it is left"
stopped_at=$(listed $gentle update)
parley runs stop $gentle
is $gentle stopped || fail "the run is $(listed $gentle state), not stopped"
await 120 "its pods are gone" eval '[ -z "$(in_namespace get pods -l parley.dev/run=$gentle -o name)" ]'
parley runs list
[ "$(listed $gentle update)" -ge "$stopped_at" ] || fail "the stopped run is listed with update $(listed $gentle update), and had made $stopped_at"

# ---- an upgrade meanwhile -----------------------------------------------------------------------

say "upgrade the release with changed values: the standing policy is rolled while the other run goes"
before=$(in_namespace get pods -l app.kubernetes.io/name=parley-run,app.kubernetes.io/component=policy -o jsonpath='{.items[*].metadata.uid}')
helm upgrade "$release" "$chart" --namespace "$namespace" --reuse-values --wait --timeout 5m \
  --set policy.settings.engine.max-rows=8 --set reward.settings.batch-items=16 | sed -n '/^REVISION/p;/^STATUS/p'
in_namespace get deployment "$release-policy" -o jsonpath='{.status.observedGeneration} generations of the standing policy{"\n"}'
in_namespace get configmap "$release-policy" -o jsonpath='{.data}' | grep -q 'max-rows=8' || fail "the changed value did not arrive"
say "and back at once: the only reward pod is replaced twice within a minute"
helm rollback "$release" --namespace "$namespace" --wait --timeout 5m
in_namespace get configmap "$release-policy" -o jsonpath='{.data}' | grep -q 'max-rows=8' && fail "the changed value is still there"
helm test "$release" --namespace "$namespace" --timeout 3m | grep '^Phase'
after=$(in_namespace get pods -l app.kubernetes.io/name=parley-run,app.kubernetes.io/component=policy -o jsonpath='{.items[*].metadata.uid}')
[ "$before" = "$after" ] || fail "the run's policy was touched by the upgrade"
echo "the run's policies are the same pods as before"

# ---- resume, complete ---------------------------------------------------------------------------

stopped_at=$(listed $gentle update)
say "resume the stopped run, which had made $stopped_at updates"
parley runs resume $gentle
await 300 "it learns again" at_update $gentle $((stopped_at + 1))

say "kill the only reward pod, and the one that takes its place: policies wait, and find the third"
reward() { in_namespace get pods -l app.kubernetes.io/name=parley,app.kubernetes.io/component=reward -o name; }
another_is_ready() { # POD: another one than this
  local now
  now=$(reward)
  [ -n "$now" ] && [ "$now" != "$1" ] && in_namespace wait --for=condition=Ready "$now" --timeout=1s >/dev/null 2>&1
}
for _ in first second; do
  pod=$(reward)
  in_namespace delete "$pod" --grace-period=0 --force --wait=false 2>/dev/null
  await 300 "another reward pod is ready" another_is_ready "$pod"
done
is $gentle running || fail "the run is $(listed $gentle state) after that: raise --updates"
parley runs list

parley runs watch $gentle
parley runs watch $free
echo "warnings of prompts asked again: $(in_namespace exec "deployment/$release-toolbox" -- sh -c "grep -c prompts_asked_again /runs/$gentle/events.jsonl || true")"
parley runs list
is $gentle complete && is $free complete || fail "not both runs are complete"

say "each prompt of each run has exactly one committed rollout"
for run in $gentle $free; do
  in_namespace exec "deployment/$release-toolbox" -- parley runs verify "$run" --kafka "$release-kafka:9092"
done

say "delete both"
for run in $gentle $free; do
  parley runs delete "$run"
done
left=$(in_namespace get all,configmaps,poddisruptionbudgets -l parley.dev/run -o name | grep -v on-node || true)
[ -z "$left" ] || fail "left of the runs: $left"
in_namespace exec "deployment/$release-toolbox" -- ls /runs/$gentle
helm upgrade "$release" "$chart" --namespace "$namespace" --values "$out/values.yaml" --wait --timeout 5m | sed -n '/^STATUS/p'
in_namespace delete serviceaccount runner
say "all of it was so"
