package dev.parley.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.deploy.TraceCollector.Place;
import dev.parley.deploy.TraceCollector.Recorded;
import dev.parley.model.LanguageModel;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.proto.version.v1.VersionFile;
import dev.parley.proto.version.v1.VersionReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What holds for the loop as a whole, also when its parts die. */
class LoopIT {

  @TempDir static Path inputs;
  private static TestBroker broker;

  @TempDir Path directory;

  @BeforeAll
  static void makeInputs() throws IOException {
    Loop.writeInputs(inputs);
    broker = TestBroker.startWithTopics(2, Map.of());
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private Loop loop(String run) throws InterruptedException {
    return new Loop(broker, inputs, directory.resolve(run), run);
  }

  private static Path prompts() {
    return inputs.resolve("prompts.jsonl");
  }

  /** Each prompt that was asked has exactly one committed rollout. */
  private static void assertOneGroupForEachPrompt(List<Rollout> rollouts, int prompts) {
    assertThat(rollouts).hasSize(prompts);
    assertThat(rollouts)
        .extracting(rollout -> rollout.getPrompt().getPromptId())
        .doesNotHaveDuplicates();
    assertThat(rollouts)
        .allSatisfy(rollout -> assertThat(rollout.getCompletionsCount()).isEqualTo(Loop.SAMPLES));
  }

  private static long version(Rollout rollout) {
    return rollout.getCompletions(0).getVersionSpans(0).getVersion().getVersion();
  }

  @Test
  void everyUpdateLearnsFromAnswersOfTheWeightsThatTheOneBeforeItMade() throws Exception {
    try (Loop loop = loop("whole");
        Trainer trainer = loop.train(prompts(), 4)) {
      trainer.awaitEnd();

      assertOneGroupForEachPrompt(loop.rollouts(), 4 * Loop.PROMPTS_PER_UPDATE);
      assertThat(loop.rollouts())
          .extracting(LoopIT::version)
          .containsOnly(0L, 1L, 2L, 3L)
          .hasSize(4 * Loop.PROMPTS_PER_UPDATE);
      assertThat(loop.rollouts())
          .as("nobody asked for traces")
          .allMatch(rollout -> rollout.getTraceparent().isEmpty());
      assertThat(trainer.metrics())
          .hasSize(4)
          .allSatisfy(
              update -> {
                assertThat(update.get("rollout/logprob_gap_median").asDouble()).isLessThan(1e-3);
                assertThat(update.get("rollout/staleness").asDouble()).isZero();
                assertThat(update.get("rollout/num_samples").asInt())
                    .isEqualTo(Loop.PROMPTS_PER_UPDATE * Loop.SAMPLES);
              });
      assertThat(loop.writtenFiles())
          .as("news of versions that were being written, which have one file each at toy size")
          .extracting(VersionFile::getVersion)
          .containsExactly(1L, 2L, 3L, 4L);
      try (LanguageModel result =
          LanguageModel.open(loop.directory().resolve("model"), EngineOptions.CPU)) {
        assertThat(result.architecture()).isEqualTo("LlamaForCausalLM");
      }
    }
  }

  /** One run whose services export traces and log as in a cluster. */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class Observed {

    private static final int UPDATES = 2;

    private final TraceCollector collector = new TraceCollector();
    private final Map<String, Map<String, Set<String>>> exemplars = new HashMap<>();
    private Map<String, String> logs;
    private List<Rollout> rollouts;

    @BeforeAll
    void run(@TempDir Path files) throws Exception {
      try (Loop loop =
              new Loop(broker, inputs, files, "observed", Map.of(), collector.environment());
          Trainer trainer = loop.train(prompts(), UPDATES)) {
        trainer.awaitEnd();
        rollouts = loop.rollouts();
        Loop.await(
            "every rollout's span came",
            () -> rollouts.stream().allMatch(rollout -> collector.has(rollout.getTraceparent())));
        for (String service : List.of("policy", "reward", "reference")) {
          exemplars.put(service, loop.exemplars(service));
        }
      }
      // Services end before their logs are read: what they had to say is said.
      logs = Loop.logs(files);
    }

    @AfterAll
    void close() {
      collector.close();
    }

    @Test
    void aRolloutHoldsWhatTheServicesSaidOfEachAnswer() {
      for (Rollout rollout : rollouts) {
        assertThat(rollout.getReferenceDigest()).isNotEmpty();
        for (Completion answer : rollout.getCompletionsList()) {
          int tokens = answer.getTokenIdsCount();
          assertThat(answer.getModelLogProbsCount()).isEqualTo(tokens);
          assertThat(answer.getReferenceStatus()).isEqualTo(Status.STATUS_OK);
          assertThat(answer.getReferenceLogProbsCount()).isEqualTo(tokens);
          if (version(rollout) == 0) {
            // Before the first update the policy is the reference.
            for (int i = 0; i < tokens; i++) {
              assertThat(answer.getReferenceLogProbs(i))
                  .isCloseTo(answer.getModelLogProbs(i), within(1e-4f));
            }
          }
          assertThat(answer.getScoresList())
              .singleElement()
              .satisfies(
                  score -> {
                    assertThat(score.getStatus()).isEqualTo(Status.STATUS_OK);
                    assertThat(score.getModelVersion()).isNotEmpty();
                  });
        }
      }
    }

    @Test
    void oneTraceLeadsFromThePromptThroughAllServicesToTheUpdateThatLearntFromItsAnswers() {
      assertThat(rollouts).hasSize(UPDATES * Loop.PROMPTS_PER_UPDATE);
      for (Rollout rollout : rollouts) {
        Place place = Place.of(rollout.getTraceparent());
        List<Recorded> trace = collector.trace(place.traceId());
        assertThat(trace)
            .filteredOn(span -> span.place().equals(place))
            .singleElement()
            .satisfies(
                whole -> {
                  assertThat(whole).hasToString("parley-policy-service rollout");
                  assertThat(whole.attributes())
                      .containsEntry("parley.prompt", rollout.getPrompt().getPromptId());
                });
        assertThat(edges(trace))
            .contains(
                "parley-trainer-service ask",
                "parley-trainer-service ask → parley-policy-service rollout",
                "parley-policy-service rollout → parley-policy-service generate",
                "parley-policy-service rollout → parley-policy-service reward",
                "parley-policy-service reward → parley-reward-service"
                    + " parley.reward.v1.RewardService/Score",
                "parley-policy-service rollout → parley-policy-service reference",
                "parley-policy-service reference → parley-reference-service"
                    + " parley.reference.v1.ReferenceService/LogProbs",
                "parley-policy-service rollout → parley-policy-service publish");
        assertThat(collector.spans())
            .filteredOn(span -> span.links().contains(place))
            .singleElement()
            .satisfies(
                update -> {
                  assertThat(update).hasToString("parley-trainer-service update");
                  assertThat(update.attributes())
                      .containsEntry(
                          "parley.update", Long.toString(rollout.getPrompt().getUpdate()));
                });
      }
    }

    @Test
    void histogramsOfLatencyNameTracesThatTookSoLong() {
      Set<String> traces =
          collector.spans().stream()
              .map(span -> span.place().traceId())
              .collect(Collectors.toSet());
      Map.of(
              "policy",
                  List.of(
                      "parley_policy_rollout_seconds",
                      "parley_policy_generation_seconds",
                      "parley_policy_calls_seconds"),
              "reward", List.of("parley_reward_requests_seconds"),
              "reference", List.of("parley_reference_requests_seconds"))
          .forEach(
              (service, histograms) ->
                  assertThat(exemplars.get(service))
                      .as(service)
                      .containsKeys(histograms.toArray(String[]::new))
                      .allSatisfy((name, named) -> assertThat(traces).containsAll(named)));
    }

    /** What is part of what, by name: a call that was tried twice is there once. */
    private static Set<String> edges(List<Recorded> trace) {
      Map<String, Recorded> byId = new HashMap<>();
      trace.forEach(span -> byId.put(span.place().spanId(), span));
      return trace.stream()
          .map(span -> span.parent().isEmpty() ? "" + span : byId.get(span.parent()) + " → " + span)
          .collect(Collectors.toSet());
    }

    @Test
    void aLineOfTheLogIsJsonThatSaysWhoseItIsAndToWhichTraceItBelongs() throws Exception {
      for (String service : List.of("policy", "reward", "reference", "trainer")) {
        List<JsonNode> lines = lines(logs.get(service + ".log"));
        assertThat(lines)
            .isNotEmpty()
            .allSatisfy(line -> assertThat(text(line, "/service")).isEqualTo(service));
        if (service.equals("policy") || service.equals("trainer")) {
          assertThat(lines)
              .anySatisfy(line -> assertThat(text(line, "/mdc/run")).isEqualTo("observed"));
        }
      }
      assertThat(lines(logs.get("policy.log")))
          .extracting(line -> text(line, "/mdc/version"))
          .contains(Integer.toString(UPDATES));
      assertThat(lines(logs.get("trainer.log")))
          .filteredOn(line -> text(line, "/mdc/update").equals("2"))
          .isNotEmpty()
          .extracting(line -> text(line, "/mdc/traceId"))
          .containsAll(
              collector.spans().stream()
                  .filter(span -> span.name().equals("update"))
                  .filter(span -> span.attributes().get("parley.update").equals("2"))
                  .map(span -> span.place().traceId())
                  .toList());
    }

    private static List<JsonNode> lines(String log) throws IOException {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : log.lines().toList()) {
        // The JVM's own words, before there is a log.
        if (!line.startsWith("WARNING: Using incubator modules")) {
          lines.add(new ObjectMapper().readTree(line));
        }
      }
      return lines;
    }

    private static String text(JsonNode line, String pointer) {
      return line.at(pointer).asText();
    }

    @Test
    void noSpanAndNoLogHoldsTexts() {
      assertThat(logs).hasSize(4);
      assertThat(logs.values()).noneMatch(log -> log.contains("Say "));
      assertThat(collector.spans())
          .isNotEmpty()
          .noneMatch(span -> span.attributes().toString().contains("Say "));
    }
  }

  @Test
  void aTrainerKilledMidRunGoesOnAndEndsWithTheBytesOfAnUnbrokenOne() throws Exception {
    Path unbroken;
    try (Loop loop = loop("unbroken");
        Trainer trainer = loop.train(prompts(), 6)) {
      trainer.awaitEnd();
      unbroken = loop.directory();
    }
    try (Loop loop = loop("broken")) {
      try (Trainer first = loop.train(prompts(), 6)) {
        first.awaitUpdate(3);
        first.kill();
      }
      assertThat(loop.directory().resolve("model")).doesNotExist();
      try (Trainer second = loop.train(prompts(), 6, Map.of("run.resume", true))) {
        second.awaitEnd();
      }
      assertThat(bytes(loop.directory().resolve("model")))
          .isEqualTo(bytes(unbroken.resolve("model")));
      assertOneGroupForEachPrompt(loop.rollouts(), 6 * Loop.PROMPTS_PER_UPDATE);
    }
  }

  private static Map<String, Integer> bytes(Path directory) throws IOException {
    Map<String, Integer> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        hashes.put(file.getFileName().toString(), Arrays.hashCode(Files.readAllBytes(file)));
      }
    }
    assertThat(hashes).containsKey("model.safetensors");
    return hashes;
  }

  @Test
  void aPolicyKilledMidPromptLosesNoneAndDoublesNone() throws Exception {
    try (Loop loop = loop("policy-killed");
        Trainer trainer = loop.train(prompts(), 5)) {
      for (int update = 1; update <= 3; update++) {
        trainer.awaitUpdate(update);
        int before = loop.rollouts().size();
        Loop.await("a prompt of the next update was begun", () -> loop.rollouts().size() > before);
        loop.kill("policy");
        loop.startAndAwait("policy");
      }
      trainer.awaitEnd();

      assertOneGroupForEachPrompt(loop.rollouts(), 5 * Loop.PROMPTS_PER_UPDATE);
      assertThat(trainer.metrics())
          .extracting(update -> update.get("rollout/duplicates").asInt())
          .containsOnly(0);
    }
  }

  @Test
  void answersThatNobodyScoredAreKeptOutAndPutAsideNotScoredZero() throws Exception {
    int prompts = 16;
    try (Loop loop = loop("reward-lost");
        Trainer trainer =
            loop.train(
                prompts(), 4, Map.of("prompts.per-update", prompts, "reward.quorum", 0.01))) {
      trainer.awaitUpdate(1);
      Loop.await("the second update began", () -> loop.rollouts().size() > prompts);
      loop.freeze("reward");
      Loop.await("a score was late", () -> timedOut(loop) > 0);
      loop.thaw("reward");
      trainer.awaitUpdate(2);
      Loop.await("the third update began", () -> loop.rollouts().size() > 2 * prompts);
      long late = timedOut(loop);
      loop.kill("reward");
      Loop.await("nobody came in time", () -> timedOut(loop) > late);
      loop.startAndAwait("reward");
      trainer.awaitEnd();

      List<Rollout> rollouts = loop.rollouts();
      assertOneGroupForEachPrompt(rollouts, 4 * prompts);
      long lost = statuses(loop).filter(status -> status != Status.STATUS_OK).count();
      assertThat(lost).isPositive();
      assertThat(loop.deadLetters())
          .extracting(letter -> letter.getPrompt().getPromptId())
          .containsExactlyInAnyOrderElementsOf(
              rollouts.stream()
                  .filter(rollout -> scores(rollout).anyMatch(status -> status != Status.STATUS_OK))
                  .map(rollout -> rollout.getPrompt().getPromptId())
                  .toList());
      assertThat(sum(trainer.metrics(), "rollout/kept_out")).isEqualTo(lost);
      assertThat(sum(trainer.metrics(), "rollout/num_samples"))
          .isEqualTo((long) 4 * prompts * Loop.SAMPLES - lost);
      assertThat(loop.policyMetric("parley_policy_missing_values")).isEqualTo(lost);
    }
  }

  private static long timedOut(Loop loop) {
    return statuses(loop).filter(Status.STATUS_TIMED_OUT::equals).count();
  }

  private static Stream<Status> statuses(Loop loop) {
    return loop.rollouts().stream().flatMap(LoopIT::scores);
  }

  private static Stream<Status> scores(Rollout rollout) {
    return rollout.getCompletionsList().stream()
        .flatMap(answer -> answer.getScoresList().stream())
        .map(score -> score.getStatus());
  }

  private static long sum(List<JsonNode> updates, String metric) {
    return updates.stream().mapToLong(update -> update.get(metric).asLong()).sum();
  }

  @Test
  void aCorruptCheckpointIsRefusedWhileTheOldOneServes() throws Exception {
    try (Loop loop = loop("corrupt");
        Trainer trainer = loop.train(prompts(), 2)) {
      trainer.awaitEnd();
      Loop.await("the last version served", () -> loop.served().getVersion().getVersion() == 2);
      VersionReference good = loop.served().getVersion();

      Path broken = directory.resolve("broken-model");
      copy(newestVersion(loop.directory()), broken);
      Path weights = broken.resolve("model.safetensors");
      byte[] bytes = Files.readAllBytes(weights);
      bytes[bytes.length - 1] ^= 1;
      Files.write(weights, bytes);
      loop.announce(
          PolicyVersion.newBuilder()
              .setRunId("corrupt")
              .setVersion(good.toBuilder().setVersion(3))
              .setCheckpointUri(broken.toUri().toString())
              .setUpdate(3)
              .build()
              .toByteArray());

      Loop.await(
          "the version was refused", () -> loop.policyMetric("parley_policy_swap_refusals") > 0);
      assertThat(loop.served().getVersion()).isEqualTo(good);
    }
  }

  private static Path newestVersion(Path run) throws IOException {
    try (Stream<Path> versions = Files.list(run.resolve("versions"))) {
      return versions.max(Comparator.naturalOrder()).orElseThrow().resolve("model");
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
