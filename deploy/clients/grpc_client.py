"""Asks the policy, reward and reference service over gRPC.

    python grpc_client.py --policy localhost:8091 --reward localhost:8092 --reference localhost:8093

The stubs come from proto/src/main/proto; docs/clients.md shows the command that makes them.
"""

import argparse

import grpc
from parley.conversation.v1 import conversation_pb2
from parley.policy.v1 import policy_service_pb2, policy_service_pb2_grpc
from parley.reference.v1 import reference_service_pb2, reference_service_pb2_grpc
from parley.reward.v1 import reward_service_pb2, reward_service_pb2_grpc
from parley.rollout.v1 import rollout_pb2
from parley.sampling.v1 import sampling_pb2

# The first call may find a service that is still loading; gRPC then waits instead of failing.
WAIT = {"wait_for_ready": True, "timeout": 60}


def conversation(*texts):
    """Turns of user and assistant, in turn."""
    roles = ["user", "assistant"]
    return conversation_pb2.Conversation(
        messages=[
            conversation_pb2.Message(role=roles[i % 2], content=text) for i, text in enumerate(texts)
        ]
    )


def generate(target, question):
    """Prints two answers at once, then one token by token; returns the two."""
    with grpc.insecure_channel(target) as channel:
        policy = policy_service_pb2_grpc.PolicyServiceStub(channel)
        model = policy.DescribeModel(policy_service_pb2.DescribeModelRequest(), **WAIT)
        print(f"policy: {model.architecture}, version {model.version.version}, {model.parameters} parameters")
        request = policy_service_pb2.GenerateRequest(
            conversation=conversation(question),
            n=2,
            sampling=sampling_pb2.SamplingParameters(max_new_tokens=12, seed=7),
            log_probs=True,
        )
        samples = policy.Generate(request, **WAIT).samples
        for sample in samples:
            reason = sampling_pb2.FinishReason.Name(sample.finish_reason)
            print(
                f"answer {sample.index}: {sample.text!r} ({len(sample.token_ids)} tokens,"
                f" {sum(sample.model_log_probs):.2f} nats, {reason})"
            )
        tokens = 0
        text = ""
        stream = policy_service_pb2.GenerateStreamRequest(request=request)
        for piece in policy.GenerateStream(stream, **WAIT):
            if piece.index == 0:
                tokens += 1
                text += piece.text_delta
        same = text == samples[0].text
        print(f"streamed: {tokens} tokens, the same answer: {same}")
        return samples


def score(target, question, answers):
    """Prints a reward for each answer."""
    with grpc.insecure_channel(target) as channel:
        reward = reward_service_pb2_grpc.RewardServiceStub(channel)
        items = [
            reward_service_pb2.ScoreItem(item_id=str(i), conversation=conversation(question, answer))
            for i, answer in enumerate(answers)
        ]
        response = reward.Score(reward_service_pb2.ScoreRequest(items=items), **WAIT)
        for result in response.results:
            status = rollout_pb2.Status.Name(result.score.status)
            print(f"score {result.item_id}: {status} {result.score.value:.4f} {dict(result.score.components)}")


def reference_log_probs(target, token_ids):
    """Prints how likely the frozen model finds some tokens."""
    with grpc.insecure_channel(target) as channel:
        reference = reference_service_pb2_grpc.ReferenceServiceStub(channel)
        sequence = reference_service_pb2.TokenSequence(token_ids=token_ids)
        response = reference.LogProbs(
            reference_service_pb2.LogProbsRequest(sequences=[sequence]), **WAIT
        )
        log_probs = response.results[0].log_probs
        print(f"reference: {len(log_probs)} log-probs, {sum(log_probs):.2f} nats, digest {response.digest[:12]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policy", required=True)
    parser.add_argument("--reward", required=True)
    parser.add_argument("--reference", required=True)
    parser.add_argument("--question", default="How do I fix a lamp?")
    arguments = parser.parse_args()
    samples = generate(arguments.policy, arguments.question)
    score(arguments.reward, arguments.question, [sample.text for sample in samples])
    reference_log_probs(arguments.reference, samples[0].token_ids)


if __name__ == "__main__":
    main()
