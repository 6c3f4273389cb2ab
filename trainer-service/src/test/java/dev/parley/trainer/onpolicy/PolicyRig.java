package dev.parley.trainer.onpolicy;

import dev.parley.model.TinyModel;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * Recipes without a critic at toy size: real files, a real broker, and a toy policy whose answers
 * are the better the more even tokens they have.
 *
 * @param broker carries prompts, rollouts and versions
 * @param model the model to start from
 * @param prompts twelve of them
 */
public record PolicyRig(TestBroker broker, Path model, Path prompts) {

  /** Makes a rig whose files lie in a directory. */
  public static PolicyRig make(TestBroker broker, Path directory) {
    List<Map<String, ?>> prompts = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      prompts.add(ToyFiles.prompt("Say " + i));
    }
    return new PolicyRig(
        broker,
        TinyModel.write(directory.resolve("model"), 1),
        ToyFiles.write(directory.resolve("prompts.jsonl"), prompts));
  }

  /**
   * Returns a run of a few small updates, in a directory of its own.
   *
   * @param recipe the recipe
   * @param group the name of its own group of settings
   * @param directory the run's
   */
  public <C extends OnPolicyConfig> ToyRun<C> run(Recipe<C> recipe, String group, Path directory) {
    return new ToyRun<>(
        recipe,
        directory,
        List.of(
            "run.id=" + directory.getFileName() + "-" + UUID.randomUUID(),
            "run.kafka=" + broker.bootstrapServers(),
            "model.path=" + model,
            "prompts.files=" + prompts,
            "prompts.per-update=4",
            "prompts.samples=4",
            "sampling.max-new-tokens=6",
            "optimizer.learning-rate=1e-2",
            group + ".updates=4",
            group + ".rollout-timeout=60",
            "checkpoint.every=0"));
  }

  /** Starts a policy for a run. */
  public ToyPolicy policy(ToyRun<?> run, ToyPolicy.Behaviour behaviour) {
    return new ToyPolicy(broker, run.config().run().id(), model, behaviour);
  }

  /** Starts a policy that does nothing unusual, and runs to the end. */
  public ToyRun.Ended finish(ToyRun<?> run) {
    return finish(run, PolicyRig::evenShare);
  }

  /** Starts a policy, and runs to the end. */
  public ToyRun.Ended finish(ToyRun<?> run, ToyPolicy.Behaviour behaviour) {
    ToyPolicy policy = policy(run, behaviour);
    try (policy) {
      return run.run();
    }
  }

  /** The share of even tokens: about a half to begin with, and easy to learn. */
  public static double evenShare(int[] answer) {
    return Arrays.stream(answer).filter(token -> token % 2 == 0).count() / (double) answer.length;
  }

  /** Scores as usual, and changes every answer before it is sent: its prompt, its place, itself. */
  public static ToyPolicy.Behaviour changing(BiConsumer<String, Completion.Builder> change) {
    return new ToyPolicy.Behaviour() {
      @Override
      public double score(int[] answer) {
        return evenShare(answer);
      }

      @Override
      public Rollout sent(Rollout rollout) {
        Rollout.Builder changed = rollout.toBuilder();
        changed
            .getCompletionsBuilderList()
            .forEach(completion -> change.accept(rollout.getPrompt().getPromptId(), completion));
        return changed.build();
      }
    };
  }
}
