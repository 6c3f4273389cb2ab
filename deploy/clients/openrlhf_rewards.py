"""Asks the reward service for rewards with OpenRLHF's own code, as its trainer does with --reward.remote_url.

    python openrlhf_rewards.py --url http://localhost:8092/get_reward
"""

import argparse
import asyncio
import importlib
import sys
import types
from pathlib import Path
from types import SimpleNamespace

import openrlhf


def executor(url):
    """OpenRLHF's rollout of one turn, of which aiohttp alone is needed: the rest of its package wants torch, DeepSpeed and Ray."""
    package = types.ModuleType("openrlhf.utils")
    package.__path__ = [str(Path(openrlhf.__file__).with_name("utils"))]
    sys.modules[package.__name__] = package
    return importlib.import_module("openrlhf.utils.agent").SingleTurnAgentExecutor(url)


class Characters:
    """In place of the trainer's tokenizer: a token is a character, and 0 ends the text."""

    def __call__(self, text, **options):
        return {"input_ids": [Ids(map(ord, text))]}

    def decode(self, ids, skip_special_tokens):
        return "".join(map(chr, ids)).replace("\0", "" if skip_special_tokens else "</s>")


class Ids(list):
    """Token ids with what is used of a tensor's methods."""

    def tolist(self):
        return list(self)


class Says:
    """In place of vLLM's engine: says what it was told to."""

    def __init__(self, answer):
        self.answer = answer

    async def generate(self, prompt, sampling, multi_modal_data):
        ids = [*map(ord, self.answer), 0]
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=ids, finish_reason="stop", logprobs=None)])


async def ask(rollout, prompt, answers):
    """Prints what OpenRLHF takes for the reward of each answer."""
    sampling = SimpleNamespace(max_tokens=200, logprobs=None)
    for answer in answers:
        experience = await rollout.execute(prompt, "", sampling, 400, Characters(), Says(answer))
        print(f"{answer!r}: rewards {experience['reward']}, scores {experience['scores']}, logged {experience['extra_logs']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--prompt", default="Tea?")
    parser.add_argument("--answers", nargs="+", default=["Yes, please.", "Yes, please. And if it is not too much trouble, one biscuit."])
    arguments = parser.parse_args()
    asyncio.run(ask(executor(arguments.url), arguments.prompt, arguments.answers))


if __name__ == "__main__":
    main()
