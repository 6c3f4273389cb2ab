"""Sends a prompt to a run over Kafka and prints the rollout that the policy makes of it.

    python rollouts.py --kafka localhost:9092 --run my-run --question 'How do I fix a lamp?'

The policy answers the prompts of the run that it was started for: parley up --run my-run.
With --follow nothing is sent, and every rollout is printed as it comes.
"""

import argparse
import sys
import time
import uuid

from confluent_kafka import Consumer, Producer
from parley.conversation.v1 import conversation_pb2
from parley.prompt.v1 import prompt_pb2
from parley.rollout.v1 import rollout_pb2
from parley.sampling.v1 import sampling_pb2


def send(kafka, run, question):
    """Publishes one prompt that wants a group of two answers; returns its id."""
    prompt = prompt_pb2.Prompt(
        run_id=run,
        prompt_id=str(uuid.uuid4()),
        conversation=conversation_pb2.Conversation(
            messages=[conversation_pb2.Message(role="user", content=question)]
        ),
        group_size=2,
        sampling=sampling_pb2.SamplingParameters(max_new_tokens=12),
    )
    producer = Producer({"bootstrap.servers": kafka})
    failures = []
    producer.produce(
        "prompts",
        # Keyed by run and prompt, so that a group stays together.
        key=f"{run}/{prompt.prompt_id}",
        value=prompt.SerializeToString(),
        on_delivery=lambda error, record: failures.append(error) if error else None,
    )
    producer.flush(30)
    if failures:
        sys.exit(f"the broker did not take the prompt: {failures[0]}")
    print(f"sent: prompt {prompt.prompt_id}")
    return prompt.prompt_id


def show(rollout):
    """Prints what a rollout holds."""
    status = rollout_pb2.Status.Name(rollout.status)
    print(f"rollout of prompt {rollout.prompt.prompt_id}: {status}, {len(rollout.completions)} answers")
    for completion in rollout.completions:
        score = completion.scores[0]
        verdict = f"{score.value:.4f}" if score.status == rollout_pb2.STATUS_OK else score.error
        # What PPO's penalty is made of: log π − log π_ref, summed over the answer.
        kl = sum(completion.model_log_probs) - sum(completion.reference_log_probs)
        version = completion.version_spans[-1].version.version
        print(
            f"  {completion.sample_index}: {completion.text!r}, {len(completion.token_ids)} tokens,"
            f" score {verdict}, {kl:+.4f} nats from the reference, version {version}"
        )


def rollouts(consumer, run, until):
    """Yields the run's rollouts; stops at a time (seconds, monotonic), or never."""
    while until is None or time.monotonic() < until:
        record = consumer.poll(0.5)
        if record is None:
            continue
        if record.error():
            sys.exit(f"the broker refuses: {record.error()}")
        rollout = rollout_pb2.Rollout.FromString(record.value())
        if rollout.prompt.run_id == run:
            yield rollout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--question", default="How do I fix a lamp?")
    parser.add_argument("--follow", action="store_true")
    parser.add_argument("--patience", type=float, default=120, help="seconds to wait for the rollout")
    arguments = parser.parse_args()
    consumer = Consumer(
        {
            "bootstrap.servers": arguments.kafka,
            "group.id": f"rollouts-{uuid.uuid4()}",
            "auto.offset.reset": "latest" if arguments.follow else "earliest",
            # A policy that dies leaves an open transaction; its rollouts are never shown.
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe(["rollouts"])
    try:
        if arguments.follow:
            for rollout in rollouts(consumer, arguments.run, None):
                show(rollout)
        wanted = send(arguments.kafka, arguments.run, arguments.question)
        for rollout in rollouts(consumer, arguments.run, time.monotonic() + arguments.patience):
            if rollout.prompt.prompt_id == wanted:
                show(rollout)
                return
        sys.exit(f"no rollout of prompt {wanted} within {arguments.patience:.0f} s")
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
