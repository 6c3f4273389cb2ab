package dev.parley.trainer.recipe.ppo;

import dev.parley.model.TinyModel;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.trainer.onpolicy.PolicyRig;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * PPO at toy size: real files, a real broker, and a toy policy whose answers are the better the
 * more even tokens they have.
 *
 * @param broker carries prompts, rollouts and versions
 * @param model the model to start from
 * @param prompts twelve of them
 * @param demonstrations eight of them
 */
record PpoRig(TestBroker broker, Path model, Path prompts, Path demonstrations) {

  static PpoRig make(TestBroker broker, Path directory) {
    List<Map<String, ?>> prompts = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      prompts.add(ToyFiles.prompt("Say " + i));
    }
    List<Map<String, ?>> demonstrations = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      demonstrations.add(ToyFiles.demonstration("Count to " + i, "1 to " + i));
    }
    return new PpoRig(
        broker,
        TinyModel.write(directory.resolve("model"), 1),
        ToyFiles.write(directory.resolve("prompts.jsonl"), prompts),
        ToyFiles.write(directory.resolve("demonstrations.jsonl"), demonstrations));
  }

  /** Returns a run of a few small updates, in a directory of its own. */
  ToyRun<PpoConfig> run(Path directory) {
    return new ToyRun<>(
        new PpoRecipe(),
        directory,
        List.of(
            "run.id=" + directory.getFileName() + "-" + UUID.randomUUID(),
            "run.kafka=" + broker.bootstrapServers(),
            "model.path=" + model,
            "prompts.files=" + prompts,
            "prompts.per-update=4",
            "prompts.samples=2",
            "sampling.max-new-tokens=6",
            "optimizer.learning-rate=1e-2",
            "value.learning-rate=5e-3",
            "kl.coefficient=0.01",
            "reward.missing-eos-penalty=0",
            "ppo.updates=4",
            "ppo.epochs=2",
            "ppo.minibatches=2",
            "ppo.rollout-timeout=60",
            "checkpoint.every=0"));
  }

  /** Starts a policy for a run. */
  ToyPolicy policy(ToyRun<PpoConfig> run, ToyPolicy.Behaviour behaviour) {
    return new ToyPolicy(broker, run.config().run().id(), model, behaviour);
  }

  /** Starts a policy that does nothing unusual, and runs to the end. */
  ToyRun.Ended finish(ToyRun<PpoConfig> run) {
    return finish(run, PpoRig::evenShare);
  }

  /** Starts a policy, and runs to the end. */
  ToyRun.Ended finish(ToyRun<PpoConfig> run, ToyPolicy.Behaviour behaviour) {
    ToyPolicy policy = policy(run, behaviour);
    try (policy) {
      return run.run();
    }
  }

  /** The share of even tokens: about a half to begin with, and easy to learn. */
  static double evenShare(int[] answer) {
    return PolicyRig.evenShare(answer);
  }

  /** Scores as usual, and changes every answer before it is sent: its prompt, its place, itself. */
  static ToyPolicy.Behaviour changing(BiConsumer<String, Completion.Builder> change) {
    return PolicyRig.changing(change);
  }
}
