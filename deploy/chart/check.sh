#!/usr/bin/env bash
# check.sh: install the chart against real Kubernetes API machinery, with every values file that it has.
#
#   deploy/chart/check.sh RIG [VALUES.yaml ...]      RIG: the path of rig.sh; without values files, the defaults and all of ci/
#
# RIG is a script that starts etcd, kube-apiserver, controller manager, scheduler and fake nodes on this machine and then lints,
# validates strictly, installs, tests, upgrades, rolls back and uninstalls a chart ("rig.sh CHART [VALUES ...]"). This script asks
# it for the strictest there is: Pod Security "restricted" enforced on the namespace, warnings of the API server count as failures,
# an upgrade with changed values and back, nothing left afterwards. At the end the run template of each values file is filled in as
# 'parley submit' does and validated by the API server just as strictly ("rig.sh --shell COMMAND" runs a command beside the server).
#
# CHECK_PREFIX   a command before each run, such as "flock FILE nice", where a machine is shared
# CHECK_LOGS     where logs go (a temporary folder)
set -u -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
chart=$here/parley
rig=${1:-}
[ -x "$rig" ] || { sed -n '2,/^set /{/^set /!p}' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
shift
logs=${CHECK_LOGS:-$(mktemp -d)}
mkdir -p "$logs"

if [ $# -gt 0 ]; then
  files=("$@")
else
  files=("" "$chart"/ci/*-values.yaml "$chart"/ci/strimzi/*-values.yaml)
fi

export RIG_PSS=restricted RIG_WARN=error
export RIG_UPGRADE_VALUES=$chart/ci/upgrade/changed.yaml
failed=0
printf '%-28s %7s  %s\n' values seconds result
for values in "${files[@]}"; do
  name=$(basename "${values:-defaults}" -values.yaml)
  crds=
  case $values in */strimzi/*) crds=$chart/ci/strimzi/kafkatopic-crd.yaml ;; esac
  begin=$SECONDS
  # shellcheck disable=SC2086
  RIG_CRDS=$crds ${CHECK_PREFIX:-} "$rig" "$chart" ${values:+"$values"} >"$logs/$name.log" 2>&1
  rc=$?
  result=$(grep -E '^RIG (PASS|FAIL|BROKEN)' "$logs/$name.log" | tail -n 1 | sed "s|$chart|CHART|")
  printf '%-28s %7d  %s\n' "$name" $((SECONDS - begin)) "${result:-exit $rc, see the log}"
  [ $rc -eq 0 ] || { failed=$((failed + 1)); grep -E '^RIG WARN|^   \|' "$logs/$name.log" | tail -n 12; }
done

run_templates() { # beside the API server: helm and kubectl are in PATH
  local values name failed=0
  for values in "$@"; do
    name=$(basename "${values:-defaults}" -values.yaml)
    helm template run "$CHART" ${values:+--values "$values"} --show-only templates/run-template.yaml >"$LOGS/template.yaml" &&
      kubectl create --dry-run=client -f "$LOGS/template.yaml" -o jsonpath='{.data.objects\.yaml}' >"$LOGS/objects.yaml" &&
      { printf 'apiVersion: v1\nkind: List\nitems:\n' && sed -e 's/__RUN__/check/g; s/__RECIPE__/ppo/g' -e "s/__NAMESPACE__/$NAMESPACE/g" -e 's/^/  /' "$LOGS/objects.yaml"; } >"$LOGS/run-$name.yaml" &&
      kubectl --namespace "$NAMESPACE" create --dry-run=server --validate=strict -f "$LOGS/run-$name.yaml" >"$LOGS/run-$name.out" 2>&1 &&
      ! grep -q '^Warning' "$LOGS/run-$name.out" && printf '  run of %-21s %s objects accepted\n' "$name" "$(grep -c created "$LOGS/run-$name.out")" ||
      { failed=$((failed + 1)) && printf '  run of %-21s refused\n' "$name" && head -n 5 "$LOGS/run-$name.out"; }
  done
  return $failed
}
export -f run_templates
export CHART=$chart LOGS=$logs NAMESPACE=rig-test RIG_NS=rig-test
${CHECK_PREFIX:-} "$rig" --shell bash -c 'run_templates "$@"' run "${files[@]}" 2>&1 | tee "$logs/runs.log" | grep -v '^==\|peak memory' || true
[ "${PIPESTATUS[0]}" -eq 0 ] || failed=$((failed + 1))
echo "$failed failed; logs in $logs"
[ $failed -eq 0 ]
