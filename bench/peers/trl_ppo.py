"""TRL's PPOTrainer on the models and sizes that it is given; prints seconds, mean score and KL of each update as one JSON line."""

import argparse
import json
import os
import tempfile
import time

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import torch
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    TrainerCallback,
)
from trl import PPOConfig, PPOTrainer


class Clock(TrainerCallback):
    """Notes when each update ended, and what came of it."""

    def __init__(self):
        self.ends = [time.perf_counter()]
        self.scores = []
        self.kl = []

    def on_train_begin(self, *unused, **also_unused):
        self.ends = [time.perf_counter()]

    def on_step_end(self, *unused, **also_unused):
        self.ends.append(time.perf_counter())

    def on_log(self, args, state, control, logs=None, **unused):
        if logs and "objective/scores" in logs:
            self.scores.append(logs["objective/scores"])
            self.kl.append(logs["objective/kl"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policy", required=True)
    parser.add_argument("--reward", required=True)
    parser.add_argument("--value", required=True, help="what the value model starts from; its head is random if this has none")
    parser.add_argument("--prompts", required=True, help="JSON Lines with a text each, all of one length in tokens")
    parser.add_argument("--per-update", type=int, required=True)
    parser.add_argument("--new-tokens", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    tokenizer = AutoTokenizer.from_pretrained(args.policy, padding_side="left")
    policy = AutoModelForCausalLM.from_pretrained(args.policy, dtype=torch.float32)
    reference = AutoModelForCausalLM.from_pretrained(args.policy, dtype=torch.float32)
    reward = AutoModelForSequenceClassification.from_pretrained(args.reward, num_labels=1, dtype=torch.float32)
    value = AutoModelForSequenceClassification.from_pretrained(args.value, num_labels=1, dtype=torch.float32)
    with open(args.prompts) as file:
        prompts = [json.loads(line)["prompt"] for line in file]
    data = Dataset.from_list([{"input_ids": tokenizer(text, add_special_tokens=False)["input_ids"]} for text in prompts])

    clock = Clock()
    with tempfile.TemporaryDirectory() as output:
        config = PPOConfig(
            output_dir=output,
            use_cpu=True,
            bf16=False,
            fp16=False,
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
            num_sample_generations=0,
            per_device_train_batch_size=args.per_update,
            gradient_accumulation_steps=1,
            local_rollout_forward_batch_size=args.per_update,
            num_mini_batches=1,
            num_ppo_epochs=args.epochs,
            total_episodes=args.per_update * args.updates,
            response_length=args.new_tokens,
            temperature=1.0,
            learning_rate=args.learning_rate,
            lr_scheduler_type="constant",
            kl_coef=0.05,
            seed=1,
        )
        PPOTrainer(
            args=config,
            processing_class=tokenizer,
            model=policy,
            ref_model=reference,
            reward_model=reward,
            value_model=value,
            train_dataset=data,
            eval_dataset=data.select(range(args.per_update)),
            callbacks=[clock],
        ).train()
    seconds = [end - begin for begin, end in zip(clock.ends, clock.ends[1:])]
    print(json.dumps({"seconds": seconds, "scores": clock.scores, "kl": clock.kl}))


if __name__ == "__main__":
    main()
