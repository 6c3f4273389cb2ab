package dev.parley.trainer.recipe.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.trainer.run.RunListener;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A PPO run that is broken off anywhere and gone on with ends with the bytes of an unbroken one.
 */
@ExtendWith(SharedBroker.class)
class PpoResumeTest {

  private static final int UPDATES = 4;

  @TempDir private static Path shared;
  private static PpoRig rig;

  /** The unbroken runs, by their settings: what the broken ones are compared with. */
  private static final Map<List<String>, ToyRun<PpoConfig>> UNBROKEN = new HashMap<>();

  @TempDir private Path directory;

  @BeforeAll
  static void rig(TestBroker broker) {
    rig = PpoRig.make(broker, shared);
  }

  private static List<String> settings(String trunk, int staleness) {
    return List.of(
        "value.trunk=" + trunk,
        "ppo.max-staleness=" + staleness,
        "ppo.updates=" + UPDATES,
        "kl.controller=adaptive",
        "kl.horizon=100",
        "optimizer.schedule=cosine",
        "checkpoint.every=2",
        "engine.workers=3",
        "ptx.coefficient=0.1",
        "ptx.files=" + rig.demonstrations(),
        "ptx.batch-size=3");
  }

  private static ToyRun<PpoConfig> unbroken(List<String> settings) {
    return UNBROKEN.computeIfAbsent(
        settings,
        key -> {
          Path path = shared.resolve("unbroken-" + UNBROKEN.size());
          ToyRun<PpoConfig> run = rig.run(path).with(key.toArray(String[]::new));
          assertThat(rig.finish(run).complete()).isTrue();
          return run;
        });
  }

  private ToyRun<PpoConfig> broken(List<String> settings) {
    return rig.run(directory.resolve("broken")).with(settings.toArray(String[]::new));
  }

  /** Weights, moments, state and what was told of every update are those of the unbroken run. */
  private static void assertSameEnd(ToyRun<PpoConfig> broken, ToyRun<PpoConfig> unbroken) {
    String newest = "update-%06d".formatted(UPDATES);
    Path one = broken.directory().checkpoints().resolve(newest);
    Path other = unbroken.directory().checkpoints().resolve(newest);
    assertThat(numbers(one)).isEqualTo(numbers(other));
    assertThat(state(one)).isEqualTo(state(other));
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
    assertThat(told(broken)).isEqualTo(told(unbroken));
  }

  /** All files of a checkpoint but the state and the manifest, which holds the state's digest. */
  private static Map<String, String> numbers(Path checkpoint) {
    Map<String, String> digests = new TreeMap<>(Bytes.of(checkpoint));
    assertThat(digests.remove("state.json")).isNotNull();
    assertThat(digests.remove("manifest.json")).isNotNull();
    assertThat(digests).isNotEmpty();
    return digests;
  }

  /** The state but for the place in the log, which no two runs share. */
  private static JsonNode state(Path checkpoint) {
    ObjectNode state = (ObjectNode) json(checkpoint.resolve("state.json"));
    assertThat(state.remove("place")).isNotNull();
    return state;
  }

  private static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The numbers that do not depend on time or on how often the process was started. */
  private static List<String> told(ToyRun<?> run) {
    try {
      List<String> lines = new ArrayList<>();
      for (String line : Files.readAllLines(run.directory().metrics())) {
        JsonNode numbers = new ObjectMapper().readTree(line);
        StringBuilder told = new StringBuilder("update " + numbers.get("update"));
        for (String name :
            List.of(
                "objective/scores",
                "objective/kl",
                "objective/kl_coef",
                "loss/policy_avg",
                "loss/value_avg",
                "loss/ptx_avg",
                "lr",
                "episode",
                "rollout/kept_out",
                "rollout/staleness")) {
          told.append(' ').append(name).append('=').append(numbers.get(name));
        }
        lines.add(told.toString());
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"separate, 0, 2", "shared, 0, 1", "separate, 1, 3", "shared, 1, 2"})
  void aRunThatWasStoppedAndGoesOnEndsWithTheSameBytes(String trunk, int staleness, long update) {
    List<String> settings = settings(trunk, staleness);
    ToyRun<PpoConfig> broken = broken(settings);
    ToyPolicy policy = rig.policy(broken, PpoRig::evenShare);
    try (policy) {
      assertThat(broken.stopAfter(update).complete()).isFalse();
      ToyRun.Ended resumed = broken.resumed().run();
      assertThat(resumed.complete()).isTrue();
      assertThat(resumed.heard().updates()).startsWith(update + 1);
    }
    assertSameEnd(broken, unbroken(settings));
  }

  @ParameterizedTest
  @CsvSource({"separate, 0, 3", "shared, 0, 4", "separate, 1, 3", "shared, 1, 1"})
  void aRunThatWasKilledAndGoesOnEndsWithTheSameBytes(String trunk, int staleness, long update) {
    List<String> settings = settings(trunk, staleness);
    ToyRun<PpoConfig> broken = broken(settings);
    ToyPolicy policy = rig.policy(broken, PpoRig::evenShare);
    try (policy) {
      assertThatThrownBy(() -> broken.run(ToyRun.killAfter(update)))
          .isInstanceOf(ToyRun.Killed.class);
      ToyRun.Ended resumed = broken.resumed().run();
      assertThat(resumed.complete()).isTrue();
      // The numbers of an update are told before its checkpoint: the newest one is older.
      assertThat(resumed.heard().updates()).startsWith((update - 1) / 2 * 2 + 1);
      assertThat(resumed.heard().metric("rollout/kept_out")).containsOnly(0.0);
    }
    assertSameEnd(broken, unbroken(settings));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aRunKilledWhileItWaitedEndsWithTheSameBytes(int staleness) {
    List<String> settings = settings("separate", staleness);
    ToyRun<PpoConfig> broken = broken(settings);
    RunListener inTheThirdUpdate =
        new RunListener() {
          private long done;

          @Override
          public void onMetrics(long update, Map<String, Double> values) {
            done = update;
          }

          @Override
          public void onEvent(RunEvent event) {
            if (done == 2 && event.getProgress().getPhase().equals("waiting for rollouts")) {
              throw new ToyRun.Killed();
            }
          }
        };
    ToyPolicy policy = rig.policy(broken, PpoRig::evenShare);
    try (policy) {
      assertThatThrownBy(() -> broken.run(inTheThirdUpdate)).isInstanceOf(ToyRun.Killed.class);
      assertThat(broken.resumed().run().complete()).isTrue();
    }
    assertSameEnd(broken, unbroken(settings));
  }

  @Test
  void aRunKilledAgainAndAgainEndsWithTheSameBytes() {
    List<String> settings = settings("separate", 1);
    ToyRun<PpoConfig> broken = broken(settings);
    ToyPolicy policy = rig.policy(broken, PpoRig::evenShare);
    try (policy) {
      for (long update : new long[] {1, 2, 2, 4, 3}) {
        assertThatThrownBy(() -> broken.resumed().run(ToyRun.killAfter(update)))
            .isInstanceOf(ToyRun.Killed.class);
      }
      assertThat(broken.resumed().run().complete()).isTrue();
    }
    assertSameEnd(broken, unbroken(settings));
  }

  @Test
  void aRunStoppedWhileItWaitedForAPolicyEndsWithTheSameBytes() {
    List<String> settings = settings("separate", 0);
    ToyRun<PpoConfig> broken = broken(settings);
    ToyPolicy policy = rig.policy(broken, PpoRig::evenShare);
    try (policy) {
      assertThat(broken.stopWhen(PpoResumeTest::waitsForTheFirst).complete()).isFalse();
      assertThat(broken.directory().metrics()).isEmptyFile();
      assertThat(broken.resumed().run().complete()).isTrue();
    }
    assertSameEnd(broken, unbroken(settings));
  }

  private static boolean waitsForTheFirst(Heard heard) {
    return heard.events().stream().anyMatch(RunEvent::hasCheckpoint);
  }

  /** The failed answers stay in the log: what is started again reads on past them. */
  @Test
  void aRunThatEndedForWantOfScoresGoesOnWithTheSameBytesOnceTheyCanBeHad() {
    List<String> settings = settings("separate", 0);
    ToyRun<PpoConfig> broken = broken(settings);
    AtomicBoolean away = new AtomicBoolean(true);
    ToyPolicy.Behaviour rewardIsAway =
        PpoRig.changing(
            (prompt, completion) -> {
              if (away.get() && prompt.startsWith("u000003")) {
                completion.getScoresBuilder(0).setStatus(Status.STATUS_FAILED).setError("away");
              }
            });
    ToyPolicy policy = rig.policy(broken, rewardIsAway);
    try (policy) {
      for (int process = 0; process < 2; process++) {
        assertThatThrownBy(() -> broken.resumed().with("reward.retries=1").run())
            .hasMessageContaining("update 3: only 0 of 8 answers");
      }
      away.set(false);
      ToyRun.Ended resumed = broken.resumed().with("reward.retries=1").run();
      assertThat(resumed.complete()).isTrue();
      assertThat(resumed.heard().updates()).startsWith(3L);
      assertThat(resumed.heard().metric(3, "rollout/asked_again")).isEqualTo(12);
    }
    assertSameEnd(broken, unbroken(settings));
  }

  /** The weights of a run's start are announced as they are, not as the run would write them. */
  @Test
  void aRunKilledInItsFirstUpdateStillKnowsTheVersionThatAnswered() {
    ToyRun<PpoConfig> run =
        rig.run(directory.resolve("first")).with("checkpoint.format=bf16", "ppo.updates=2");
    ToyPolicy policy = rig.policy(run, PpoRig::evenShare);
    try (policy) {
      assertThatThrownBy(() -> run.run(ToyRun.killAfter(1))).isInstanceOf(ToyRun.Killed.class);
      ToyRun.Ended resumed = run.resumed().run();
      assertThat(resumed.heard().metric("rollout/kept_out")).containsOnly(0.0);
    }
    List<PolicyVersion> ofTheStart =
        policy.announced().stream().filter(v -> v.getVersion().getVersion() == 0).toList();
    assertThat(ofTheStart).hasSize(2);
    assertThat(ofTheStart.get(0).getVersion()).isEqualTo(ofTheStart.get(1).getVersion());
    assertThat(ofTheStart.get(0).getCheckpointUri())
        .isEqualTo(ofTheStart.get(1).getCheckpointUri());
  }

  /** By the time of the kill, the version of the checkpoint has made room for newer ones. */
  @Test
  void aRunThatGoesFarBackPublishesItsVersionAnew() {
    ToyRun<PpoConfig> run =
        rig.run(directory.resolve("far")).with("checkpoint.every=2", "ppo.updates=7");
    ToyRun<PpoConfig> sparse = run.with("checkpoint.every=6");
    ToyPolicy policy = rig.policy(run, PpoRig::evenShare);
    try (policy) {
      run.stopAfter(1);
      assertThatThrownBy(() -> sparse.resumed().run(ToyRun.killAfter(5)))
          .isInstanceOf(ToyRun.Killed.class);
      assertThat(run.directory().versions().resolve("version-000001")).doesNotExist();
      ToyRun.Ended resumed = sparse.resumed().run();
      assertThat(resumed.complete()).isTrue();
      assertThat(resumed.heard().updates()).startsWith(2L);
      assertThat(resumed.heard().metric("rollout/kept_out")).containsOnly(0.0);
    }
  }

  @Test
  void aFinishedRunThatIsResumedMakesNoUpdate() {
    ToyRun<PpoConfig> run = rig.run(directory.resolve("finished")).with("ppo.updates=1");
    rig.finish(run);
    Map<String, String> model = Bytes.of(run.directory().model());
    ToyRun.Ended again = run.resumed().run();
    assertThat(again.complete()).isTrue();
    assertThat(again.heard().updates()).isEmpty();
    assertThat(Bytes.of(run.directory().model())).isEqualTo(model);
  }

  @Test
  void theSameSeedGivesTheSameBytesAndAnotherSeedOthers() {
    List<String> settings = settings("separate", 0);
    ToyRun<PpoConfig> again = broken(settings);
    rig.finish(again);
    assertSameEnd(again, unbroken(settings));
    ToyRun<PpoConfig> other =
        rig.run(directory.resolve("other"))
            .with(settings.toArray(String[]::new))
            .with("run.seed=2");
    rig.finish(other);
    assertThat(Bytes.of(other.directory().model()))
        .isNotEqualTo(Bytes.of(again.directory().model()));
  }
}
