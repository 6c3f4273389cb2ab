package dev.parley.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.report.RunFigures;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.train.TrainerProcess;
import dev.parley.cli.up.Fleet;
import dev.parley.cli.up.RewardArgument;
import dev.parley.model.ModelDirectory;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.torchscript.Processor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.commons.io.FileUtils;

/**
 * PPO on both sides: generate, score, reference log-probs, advantages, optimizer steps, and the new
 * weights in use. Parley does it over its services with Kafka and gRPC between them, TRL in one
 * process.
 *
 * <p>Like for like: the same random weights in single precision, a value model of its own that
 * starts from the policy's with a head that knows nothing, prompts of 16 tokens, answers of exactly
 * 48, one minibatch.
 *
 * @param rig what it runs on
 * @param way how Parley does it
 * @param size how much is done
 */
record PpoRuns(Rig rig, Way way, Size size) {

  /** Of an update; one answer each. */
  static final int PROMPTS = 64;

  /** Of each prompt. */
  static final int PROMPT_TOKENS = 16;

  /** Of each answer. */
  static final int NEW_TOKENS = 48;

  /** How Parley does it; the peer does the same for all. */
  enum Way {
    /** As the peer. */
    LIKE_FOR_LIKE,
    /**
     * As we would: one trunk for policy and values, which so weigh more in the loss, and bfloat16
     * on cores that compute in it.
     */
    BEST,
    /**
     * In little memory: one trunk for policy and values, layers computed twice, one worker, and
     * services in bfloat16 on cores that compute in it. Learning stays in single precision.
     */
    LEAN
  }

  /**
   * How much is done.
   *
   * @param model of policy, reference, reward and values
   * @param prompts of an update, one answer each
   * @param epochs passes over an update's answers
   * @param updates of a run
   * @param learningRate of all weights
   */
  record Size(BenchModel model, int prompts, int epochs, int updates, double learningRate) {}

  /**
   * What became of the updates, in their order.
   *
   * @param seconds that each took
   * @param scores mean over the answers, before KL is taken off
   * @param kl to the reference, mean over the answers, in nats
   */
  record Course(List<Double> seconds, List<Double> scores, List<Double> kl) {}

  private void writeInputs() {
    BenchModel model = size.model();
    try {
      if (!Files.exists(reward().resolve("config.json"))) {
        model.writePolicy(policy());
        model.writeReward(reward());
      }
      Files.write(
          prompts(),
          IntStream.range(0, size.prompts() * size.updates())
              .mapToObj(
                  row ->
                      IntStream.range(0, PROMPT_TOKENS)
                          .mapToObj(i -> model.word(row * 31 + i * 7))
                          .reduce((a, b) -> a + " " + b)
                          .orElseThrow())
              .map("{\"prompt\": \"%s\"}"::formatted)
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path work() {
    return rig.directory("ppo-update-" + size.model().size());
  }

  private Path policy() {
    return work().resolve("policy");
  }

  private Path reward() {
    return work().resolve("reward");
  }

  private Path prompts() {
    return work().resolve("prompts.jsonl");
  }

  /** Has TRL do it. */
  Course peer() throws InterruptedException {
    writeInputs();
    JsonNode result =
        rig.python(Python.Peer.TRL)
            .result(
                "trl_ppo.py",
                List.of(
                    "--policy", policy().toString(),
                    "--reward", reward().toString(),
                    "--value", policy().toString(),
                    "--prompts", prompts().toString(),
                    "--per-update", Integer.toString(size.prompts()),
                    "--new-tokens", Integer.toString(NEW_TOKENS),
                    "--epochs", Integer.toString(size.epochs()),
                    "--updates", Integer.toString(size.updates()),
                    "--learning-rate", Double.toString(size.learningRate()),
                    "--threads", Integer.toString(rig.threads())));
    return new Course(
        numbers(result.get("seconds")), numbers(result.get("scores")), numbers(result.get("kl")));
  }

  private static List<Double> numbers(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asDouble).toList();
  }

  /** Has Parley do it. The run's files are kept only if it fails. */
  Course ours() throws InterruptedException {
    writeInputs();
    String id = "bench-" + System.currentTimeMillis();
    Path run = work().resolve(id);
    Terminal terminal = Terminal.ofProcess();
    try (Supervisor supervisor = new Supervisor(terminal, Duration.ofSeconds(30))) {
      Fleet fleet = Fleet.plan(wish(id), run);
      fleet.start(supervisor);
      TrainerProcess.of("ppo", settings(id, run, fleet.bootstrap()), rig.threads())
          .run(supervisor, terminal, run);
    }
    RunFigures figures = RunFigures.read(run);
    try {
      FileUtils.deleteDirectory(run.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + run, e);
    }
    return new Course(
        figures.values("timing/step_total"),
        figures.values("objective/scores"),
        figures.values("objective/kl"));
  }

  private Fleet.Wish wish(String id) {
    return new Fleet.Wish(
        ModelDirectory.of(policy()),
        Optional.of(ModelDirectory.of(policy())),
        Optional.of(RewardArgument.ofModel(ModelDirectory.of(reward()))),
        Optional.of(id),
        Optional.empty(),
        Map.of(),
        1,
        rig.threads(),
        way == Way.LEAN ? bestPrecision() : Precision.FLOAT32,
        Duration.ofMinutes(2),
        Fleet.answeringTogether(size.prompts()));
  }

  private Map<String, Object> settings(String id, Path run, String kafka) {
    Map<String, Object> settings = new TreeMap<>();
    if (way == Way.LIKE_FOR_LIKE) {
      settings.put("value.trunk", "separate");
    } else {
      settings.put("value.trunk", "shared");
    }
    if (way == Way.BEST) {
      settings.put("value.coefficient", 3);
      settings.put("engine.precision", bestPrecision());
    }
    if (way == Way.LEAN) {
      settings.put("engine.recompute", true);
      settings.put("engine.workers", 1);
    }
    settings.putAll(
        Map.ofEntries(
            Map.entry("run.id", id),
            Map.entry("run.directory", run),
            Map.entry("run.kafka", kafka),
            Map.entry("model.path", policy()),
            Map.entry("prompts.files", prompts()),
            Map.entry("prompts.per-update", size.prompts()),
            Map.entry("sampling.max-new-tokens", NEW_TOKENS),
            Map.entry("sampling.min-new-tokens", NEW_TOKENS),
            Map.entry("engine.micro-batch-tokens", 16_384),
            Map.entry("ppo.epochs", size.epochs()),
            Map.entry("ppo.minibatches", 1),
            Map.entry("optimizer.learning-rate", size.learningRate()),
            Map.entry("optimizer.beta2", 0.999),
            Map.entry("optimizer.max-gradient-norm", 0),
            Map.entry("value.learning-rate", size.learningRate()),
            Map.entry("reward.missing-eos-penalty", 0),
            Map.entry("ppo.updates", size.updates()),
            Map.entry("checkpoint.every", 0)));
    return settings;
  }

  /** Returns what both sides do about values and precision, in words. */
  String sides() {
    return way == Way.BEST
        ? "values from the policy's trunk in %s, TRL's from a model of their own in float32"
            .formatted(bestPrecision())
        : "separate value model, float32";
  }

  /** Returns bfloat16 on cores that compute in it. */
  static Precision bestPrecision() {
    return Processor.computesInBfloat16() ? Precision.BFLOAT16 : Precision.FLOAT32;
  }
}
