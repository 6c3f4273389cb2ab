package dev.parley.trainer.recipe.awr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.TinyModel;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.trainer.experience.RolloutLog;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyRollouts;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedBroker.class)
class AwrRecipeTest {

  @TempDir private static Path shared;
  private static Path model;

  @TempDir private Path directory;
  private final String logged = "logged-" + UUID.randomUUID();
  private TestBroker broker;

  @BeforeAll
  static void model() {
    model = TinyModel.write(shared.resolve("model"), 1);
  }

  @BeforeEach
  void remember(TestBroker started) {
    broker = started;
  }

  /** An answer whose tokens are all this one; even ones are good. */
  private static Completion answer(int index, int token, double score) {
    return ToyRollouts.completion(index).toBuilder()
        .clearTokenIds()
        .addAllTokenIds(List.of(token, token, token))
        .clearScores()
        .addScores(Score.newBuilder().setScorer("toy").setStatus(Status.STATUS_OK).setValue(score))
        .build();
  }

  private void log(String promptId, Completion... answers) {
    Rollout rollout =
        ToyRollouts.rollout(logged, 1, promptId).toBuilder()
            .clearCompletions()
            .addAllCompletions(Arrays.asList(answers))
            .build();
    broker.send(Topics.ROLLOUTS, logged + "/" + promptId, rollout.toByteArray());
  }

  /** Prompts with a good and a bad answer each. */
  private void logGoodAndBad(int prompts) {
    Random random = new Random(1);
    for (int i = 0; i < prompts; i++) {
      int token = 40 + 2 * random.nextInt(8);
      log("p" + i, answer(0, token, 1), answer(1, token + 1, 0));
    }
  }

  private ToyRun<AwrConfig> run(Path path) {
    return new ToyRun<>(
        new AwrRecipe(),
        path,
        List.of(
            "run.id=awr",
            "run.kafka=" + broker.bootstrapServers(),
            "rollouts.run=" + logged,
            "rollouts.held-out=0",
            "model.path=" + model,
            "optimizer.learning-rate=3e-3",
            "awr.batch-size=8",
            "checkpoint.every=0"));
  }

  @Test
  void betterAnswersOfTheLogBecomeLikelierThanWorseOnesOfWhichThereAreAsMany() {
    logGoodAndBad(24);
    ToyRun<AwrConfig> learnt =
        run(directory.resolve("run")).with("awr.epochs=8", "awr.beta=0.25", "awr.batch-size=48");
    assertThat(learnt.run().complete()).isTrue();
    // What is measured before the first step of a run that begins with the model that was learnt.
    ToyRun<AwrConfig> after =
        run(directory.resolve("after")).with("model.path=" + learnt.directory().model());
    assertThat(nllOf(after, 1)).isLessThan(nllOf(after, 0) - 0.5);
  }

  /** Returns the negative log-probability per token of the answers with a score. */
  private double nllOf(ToyRun<AwrConfig> run, double score) {
    String name = logged + "-only-" + (int) score;
    RolloutLog.replay(broker.bootstrapServers(), logged, (code, message) -> {})
        .forEach(
            rollout -> {
              Rollout.Builder only = rollout.toBuilder().clearCompletions();
              rollout.getCompletionsList().stream()
                  .filter(answer -> answer.getScores(0).getValue() == score)
                  .forEach(only::addCompletions);
              only.getPromptBuilder().setRunId(name);
              broker.send(Topics.ROLLOUTS, name, only.build().toByteArray());
            });
    return new ToyRun<>(run.recipe(), directory.resolve("only-" + (int) score), run.sets())
        .with("rollouts.run=" + name, "awr.batch-size=100")
        .run()
        .heard()
        .metric(1, "nll_loss");
  }

  @Test
  void weightsAreTheExponentialsOfScaledDistancesFromTheGroupsMeanCutAtTheMost() {
    log("p", answer(0, 40, 3), answer(1, 41, 1), answer(2, 42, -1));
    ToyRun<AwrConfig> run =
        run(directory.resolve("run"))
            .with("awr.beta=0.5", "awr.scale=none", "awr.max-weight=10", "awr.batch-size=3");
    Heard heard = run.run().heard();
    double[] weights = {10, 1, Math.exp(-4)};
    double sum = Arrays.stream(weights).sum();
    double squares = Arrays.stream(weights).map(w -> w * w).sum();
    assertThat(heard.metric(1, "awr/weight")).isCloseTo(sum / 3, within(1e-5));
    assertThat(heard.metric(1, "awr/clipped")).isCloseTo(1 / 3.0, within(1e-6));
    assertThat(heard.metric(1, "awr/effective_share"))
        .isCloseTo(sum * sum / (3 * squares), within(1e-5));
    assertThat(heard.metric(1, "awr/score")).isCloseTo(1, within(1e-6));
  }

  @Test
  void withOneAnswerToAPromptTheMeanOfAllAnswersIsWhatScoresAreHeldAgainst() {
    log("a", answer(0, 40, 1));
    log("b", answer(0, 41, 0));
    ToyRun<AwrConfig> ofGroups = run(directory.resolve("groups")).with("awr.scale=none");
    assertThat(ofGroups.run().heard().metric(1, "awr/effective_share")).isCloseTo(1, within(1e-6));
    ToyRun<AwrConfig> ofAll =
        run(directory.resolve("all")).with("awr.scale=none", "awr.baseline=all");
    double mean = (Math.exp(0.5) + Math.exp(-0.5)) / 2;
    assertThat(ofAll.run().heard().metric(1, "awr/weight")).isCloseTo(mean, within(1e-5));
  }

  @Test
  void splittingABatchIntoMicroBatchesChangesNothing() {
    logGoodAndBad(6);
    String[] whole = {"awr.batch-size=12", "engine.micro-batch-tokens=4096", "engine.workers=1"};
    String[] split = {"awr.batch-size=12", "engine.micro-batch-tokens=10", "engine.workers=1"};
    Heard one = run(directory.resolve("whole")).with(whole).run().heard();
    Heard many = run(directory.resolve("split")).with(split).run().heard();
    for (String name : List.of("loss", "nll_loss", "awr/weight", "awr/effective_share")) {
      assertThat(many.metric(1, name)).as(name).isCloseTo(one.metric(1, name), within(1e-4));
    }
    assertThat(many.metric(1, "grad_norm")).isCloseTo(one.metric(1, "grad_norm"), within(1e-3));
  }

  @Test
  void anAnswerWhoseScoreFailedIsNotLearntFromAndTheRunSaysSo() {
    Completion failed =
        answer(1, 41, 0).toBuilder()
            .setScores(
                0, Score.newBuilder().setStatus(Status.STATUS_FAILED).setError("no such luck"))
            .build();
    log("p", answer(0, 40, 1), failed);
    Heard heard = run(directory.resolve("run")).run().heard();
    assertThat(heard.metric(1, "awr/score")).isEqualTo(1);
    assertThat(heard.warnings("answers_left_out").get(0)).contains("no such luck");
  }

  @Test
  void answersToAPromptAreHeldOutTogether() {
    for (int i = 0; i < 12; i++) {
      int own = i;
      Rollout rollout =
          ToyRollouts.rollout(logged, 1, "p" + i).toBuilder()
              .clearPromptTokenIds()
              .addAllPromptTokenIds(IntStream.range(0, 2 + own).boxed().toList())
              .build();
      broker.send(Topics.ROLLOUTS, logged, rollout.toByteArray());
      Rollout again = rollout.toBuilder().setPrompt(ToyRollouts.prompt(logged, 2, "q" + i)).build();
      broker.send(Topics.ROLLOUTS, logged, again.toByteArray());
    }
    ToyRun<AwrConfig> run = run(directory.resolve("run")).with("rollouts.held-out=0.4");
    String rows = run.plan().toString();
    assertThat(rows).contains("24 of run " + logged);
    Heard heard = run.run().heard();
    assertThat(heard.metricNames()).contains("eval_loss", "eval_awr/score");
  }

  @Test
  void aRunThatWasStoppedEndsWithTheSameBytesEvenIfTheTopicHasMoreByThen() {
    logGoodAndBad(16);
    String[] settings = {"awr.epochs=2", "checkpoint.every=2", "checkpoint.keep=10"};
    ToyRun<AwrConfig> unbroken = run(directory.resolve("unbroken")).with(settings);
    unbroken.run();
    ToyRun<AwrConfig> broken = run(directory.resolve("broken")).with(settings);
    assertThat(broken.stopAfter(3).complete()).isFalse();
    log("later", answer(0, 44, 1), answer(1, 45, 0));
    assertThat(broken.resumed().run().heard().updates()).startsWith(4L);
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
  }

  @Test
  void aRunThatIsNotInTheLogIsRefusedByNameAndBroker() {
    ToyRun<AwrConfig> run = run(directory.resolve("run")).with("rollouts.run=nobody");
    assertThatThrownBy(run::run)
        .hasMessageContaining("no rollout of a run nobody")
        .hasMessageContaining(broker.bootstrapServers());
  }

  @Test
  void aDamagedCopyOfTheLogIsRefusedByName() throws Exception {
    logGoodAndBad(2);
    ToyRun<AwrConfig> run = run(directory.resolve("run"));
    run.run();
    Path kept = run.directory().rollouts();
    byte[] whole = Files.readAllBytes(kept);
    Files.write(kept, Arrays.copyOf(whole, whole.length - 3));
    assertThatThrownBy(() -> RolloutLog.read(kept, run.config().rollouts().run()))
        .hasMessageContaining(kept.toString())
        .hasMessageContaining("after rollout 1");
  }

  @Test
  void keptRolloutsOfAnotherRunAreRefused() {
    logGoodAndBad(2);
    ToyRun<AwrConfig> run = run(directory.resolve("run"));
    run.run();
    assertThatThrownBy(() -> run.with("rollouts.run=another").run())
        .hasMessageContaining(run.directory().rollouts() + " holds rollouts of run ")
        .hasMessageContaining("but rollouts.run is another; correct the setting, or delete");
  }
}
