#!/usr/bin/env bash
# check.sh: install the chart against real Kubernetes API machinery, with every values file that it has.
#
#   deploy/chart/check.sh RIG [VALUES.yaml ...]      RIG: the path of rig.sh; without values files, the defaults and all of ci/
#
# RIG is a script that starts etcd, kube-apiserver, controller manager, scheduler and fake nodes on this machine and then lints,
# validates strictly, installs, tests, upgrades, rolls back and uninstalls a chart ("rig.sh CHART [VALUES ...]"). This script asks
# it for the strictest there is: Pod Security "restricted" enforced on the namespace, warnings of the API server count as failures,
# an upgrade with changed values and back, nothing left afterwards. With each values file the objects of a run are made, too, as
# 'parley submit' makes them from the run template, and validated strictly by the API server (where RIG can run a command: --shell).
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
echo "$failed of ${#files[@]} failed; logs in $logs"
[ $failed -eq 0 ]
