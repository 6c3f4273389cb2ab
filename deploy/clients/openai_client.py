"""Asks the policy with OpenAI's own client.

    python openai_client.py --url http://localhost:8091/v1
"""

import argparse
import math

import openai


def chat(client, model, question):
    """Prints two answers at once, then streams them; both ways they are the same."""
    request = {
        "model": model,
        "messages": [
            {"role": "system", "content": "You are brief."},
            {"role": "user", "content": [{"type": "text", "text": question}]},
        ],
        "n": 2,
        "seed": 7,
        "max_completion_tokens": 12,
        "logprobs": True,
    }
    answer = client.chat.completions.create(**request)
    for choice in answer.choices:
        nats = sum(place.logprob for place in choice.logprobs.content)
        print(f"answer {choice.index}: {choice.message.content!r} ({nats:.2f} nats, {choice.finish_reason})")
    print(f"usage: {answer.usage.prompt_tokens} + {answer.usage.completion_tokens} tokens, from {answer.system_fingerprint}")
    texts = ["", ""]
    with client.chat.completions.create(
        **request, stream=True, stream_options={"include_usage": True}
    ) as stream:
        for chunk in stream:
            for choice in chunk.choices:
                texts[choice.index] += choice.delta.content or ""
            usage = chunk.usage
    same = texts == [choice.message.content for choice in answer.choices] and usage == answer.usage
    print(f"streamed: the same answers: {same}")


def score(client, model, context, continuation):
    """Prints how likely a continuation is, and whether greedy decoding would give it."""
    choice = client.completions.create(
        model=model, prompt=context + continuation, echo=True, logprobs=1, max_tokens=0
    ).choices[0]
    places = [
        (log_prob, max(top.values()))
        for offset, log_prob, top in zip(
            choice.logprobs.text_offset, choice.logprobs.token_logprobs, choice.logprobs.top_logprobs
        )
        if offset >= len(context)
    ]
    nats = math.fsum(log_prob for log_prob, _ in places)
    greedy = all(log_prob == most for log_prob, most in places)
    print(f"score of {continuation!r}: {len(places)} tokens, {nats:.2f} nats, greedy: {greedy}")


def refusals(client, model):
    """Prints what the client makes of a model that is not there, and of what cannot be done."""
    try:
        client.completions.create(model="another", prompt="Tea?")
    except openai.NotFoundError as error:
        print(f"refused: {error.status_code} {error.code}: {error.body['message']}")
    try:
        client.completions.create(model=model, prompt="Tea?", presence_penalty=0.5)
    except openai.BadRequestError as error:
        print(f"refused: {error.status_code} {error.param}: {error.body['message']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--question", default="How do I fix a lamp?")
    arguments = parser.parse_args()
    # The server asks for no key; the client wants one.
    client = openai.OpenAI(base_url=arguments.url, api_key="none")
    model = client.models.list().data[0]
    print(f"model: {model.id}, version {model.version}, {model.max_model_len} positions")
    chat(client, model.id, arguments.question)
    score(client, model.id, "Would you like tea?", " Yes, please.")
    refusals(client, model.id)


if __name__ == "__main__":
    main()
