#!/usr/bin/env bash
# Starts `parley up` on a tiny model with a rule as reward, runs every client of docs/clients.md against it, checks what
# they print, and stops everything. Nothing but the Maven build's own files is left behind.
#
#   deploy/clients/run-all.sh
#
# Needs, besides what ./parley needs: curl, Python 3.10 or newer with venv, and grpcurl on the PATH or Go to install it. Python's
# packages and grpcurl are fetched into a temporary directory.
#
#   PYTHON=python3.11    the Python
#   CLIENTS_VENV=DIR     a virtual environment that has requirements.txt already
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
work=$(mktemp -d)
up=

stop() {
  if [ -n "$up" ] && kill -0 "$up" 2>/dev/null; then
    kill "$up"
    wait "$up" || true
  fi
  up=
}
trap 'stop; rm -rf "$work"' EXIT

fail() {
  echo "run-all: $1" >&2
  exit 1
}

# expect NAME PATTERN: the output of the last client has a line that matches.
expect() {
  grep -Eq -- "$2" "$work/out" || {
    cat "$work/out" >&2
    fail "$1: no line matches: $2"
  }
}

# client NAME COMMAND...: runs it, shows what it prints and keeps it for expect.
client() {
  local name=$1
  shift
  echo "== $name"
  "$@" >"$work/out" 2>&1 || {
    cat "$work/out" >&2
    fail "$name ended with an error"
  }
  cat "$work/out"
}

# ---- what the clients need ----------------------------------------------------------------------

# Builds what is not built.
"$root/parley" --version
tests=$(ls "$root"/model/target/parley-model-*-tests.jar)

grpcurl=$(command -v grpcurl || true)
if [ -z "$grpcurl" ]; then
  command -v go >/dev/null || fail "there is no grpcurl, and no Go to install it with"
  echo "installing grpcurl"
  GOPATH="$work/go" GOCACHE="$work/go-cache" GOBIN="$work/bin" \
    go install -modcacherw github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3 >/dev/null 2>&1 ||
    fail "grpcurl could not be installed"
  grpcurl=$work/bin/grpcurl
fi

venv=${CLIENTS_VENV:-}
if [ -z "$venv" ]; then
  venv=$work/venv
  echo "installing Python packages"
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi
python=$venv/bin/python
# OpenRLHF requires torch and GPUs, and its wheels name one platform; what asks for rewards is Python that needs none of it.
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --platform manylinux1_x86_64 --python-version 3.11 --implementation cp --target "$work/openrlhf" -r "$here/openrlhf.txt"

echo "making stubs"
(cd "$root/proto/src/main/proto" && find parley -name '*.proto' -print0 |
  xargs -0 "$python" -m grpc_tools.protoc -I. --python_out="$work" --grpc_python_out="$work")
export PYTHONPATH=$work:$work/openrlhf

# ---- parley up ----------------------------------------------------------------------------------

export OMP_WAIT_POLICY=passive GOMP_SPINCOUNT=0 OPT_OUT_TRACKING=true
java -cp "$tests:$root/cli/target/parley-cli.jar" "$here/TinyModelFiles.java" "$work/model"

cd "$work"
"$root/parley" up --policy "$work/model" --reward "rules:$here/rules.properties" --run clients --threads 1 \
  --dir "$work/up" >"$work/addresses" 2>"$work/up.log" &
up=$!
until grep -q '^Logs are in' "$work/addresses"; do
  kill -0 "$up" 2>/dev/null || {
    cat "$work/up.log" >&2
    fail "parley up did not start"
  }
  sleep 0.5
done
cat "$work/addresses"
address() { awk -v name="$1" '$1 == name { print $2 }' "$work/addresses"; }
policy=$(address policy)
reward=$(address reward)
reference=$(address reference)
kafka=$(address broker)
openai=$(address openai)

# ---- the clients --------------------------------------------------------------------------------

client "grpcurl: services" "$grpcurl" -plaintext "$policy" list
expect list '^parley.policy.v1.PolicyService$'
expect list '^grpc.health.v1.Health$'

client "grpcurl: health" "$grpcurl" -plaintext "$reward" grpc.health.v1.Health/Check
expect health '"status": "SERVING"'

client "grpcurl: generate" "$grpcurl" -plaintext -d '{
    "conversation": {"messages": [{"role": "user", "content": "How do I fix a lamp?"}]},
    "n": 2, "sampling": {"maxNewTokens": 8, "seed": 7}}' \
  "$policy" parley.policy.v1.PolicyService/Generate
expect generate '"finish_reason": "FINISH_REASON_(LENGTH|STOP_TOKEN)"'
expect generate '"index": 1'

client "grpcurl: score" "$grpcurl" -plaintext -d '{"items": [
    {"itemId": "a", "texts": {"prompt": "Tea?", "response": "Yes, please."}}]}' \
  "$reward" parley.reward.v1.RewardService/Score
expect score '"status": "STATUS_OK"'

client "grpcurl: log-probs" "$grpcurl" -plaintext -d '{"sequences": [{"tokenIds": [1, 2, 3]}]}' \
  "$reference" parley.reference.v1.ReferenceService/LogProbs
expect log-probs '"digest": "[0-9a-f]{64}"'

client "Python: gRPC" "$python" "$here/grpc_client.py" --policy "$policy" --reward "$reward" --reference "$reference"
expect python '^policy: LlamaForCausalLM, version 0, 26880 parameters$'
expect python '^streamed: [0-9]+ tokens, the same answer: True$'
expect python '^score 1: STATUS_OK '
expect python '^reference: [0-9]+ log-probs, -[0-9.]+ nats, digest [0-9a-f]{12}$'

client "Python: OpenAI's client" "$python" "$here/openai_client.py" --url "$openai"
expect openai '^model: policy, version 0, 256 positions$'
expect openai '^answer 1: .* \(-[0-9.]+ nats, (stop|length)\)$'
expect openai '^usage: [0-9]+ \+ [0-9]+ tokens, from v0-[0-9a-f]{16}$'
expect openai '^streamed: the same answers: True$'
expect openai "^score of ' Yes, please.': 13 tokens, -[0-9.]+ nats, greedy: False$"
expect openai '^refused: 404 model_not_found: '
expect openai '^refused: 400 presence_penalty: '

client "Python: OpenRLHF's rewards" "$python" "$here/openrlhf_rewards.py" --url "http://$reward/get_reward"
expect rewards "^'Yes, please.': rewards \[0\.0\], scores \[0\.0\], "
expect rewards "^'Yes, please. And if .*': rewards \[-1\.0\], scores \[-1\.0\], "

client "curl: OpenAI's stream" curl -sSN "$openai/chat/completions" -H 'Content-Type: application/json' -d '{
    "model": "policy", "messages": [{"role": "user", "content": "Tea?"}], "max_tokens": 4, "stream": true}'
expect stream '^data: \{"id":"chatcmpl-'
expect stream '^data: \[DONE\]$'

client "Python: Kafka" "$python" "$here/rollouts.py" --kafka "$kafka" --run clients
expect kafka '^sent: prompt '
expect kafka '^rollout of prompt .*: STATUS_OK, 2 answers$'
# The policy still is the reference, so it has moved by nothing.
expect kafka '^  1: .* score -?[0-9.]+, [+-]0\.000[0-9] nats from the reference, version 0$'

client "parley score" "$root/parley" score --target "$reward" --prompt 'Tea?' --response 'Yes, please.'
expect 'parley score' '"status":"ok","score":0.0'

# ---- the end ------------------------------------------------------------------------------------

# A request that was begun is answered.
curl -sS "$openai/completions" -d '{
    "model": "policy", "prompt": "Tea?", "n": 64, "max_tokens": 240, "ignore_eos": true}' >"$work/last" &
last=$!
until curl -sS "http://$policy/q/metrics" | grep -q '^parley_policy_answers_active_answers.* [1-9]'; do
  kill -0 "$last" 2>/dev/null || break
done
pids=$(pgrep -P "$up" || true)
stop
wait "$last" && grep -q '"completion_tokens":15360' "$work/last" || fail "a request was not answered while parley up ended"
for pid in $pids; do
  ! kill -0 "$pid" 2>/dev/null || fail "process $pid is still there after parley up has ended"
done
echo "all clients work"
