package dev.parley.trainer.recipe.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.decoder.Heads;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.SafetensorsFile;
import dev.parley.model.weights.StoredType;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRun;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PPO through adapters: what learns, what policies load, and a reference that needs no service. */
@ExtendWith(SharedBroker.class)
class PpoAdapterTest {

  @TempDir private static Path shared;
  private static PpoRig rig;

  @TempDir private Path directory;

  @BeforeAll
  static void rig(TestBroker broker) {
    rig = PpoRig.make(broker, shared);
  }

  private ToyRun<PpoConfig> run(String name) {
    return rig.run(directory.resolve(name))
        .with(
            "lora.rank=4",
            "lora.alpha=8",
            "optimizer.learning-rate=2e-2",
            "value.learning-rate=1e-2");
  }

  private static float[] weights(Path model) {
    try (LanguageModel opened = LanguageModel.open(model, EngineOptions.CPU)) {
      return opened.weights().flat().toFloatArray();
    }
  }

  /** A policy without a reference service. */
  private static final ToyPolicy.Behaviour UNREFERENCED =
      PpoRig.changing(
          (prompt, completion) ->
              completion.clearReferenceLogProbs().setReferenceStatus(Status.STATUS_UNSPECIFIED));

  // --- what is learnt ---

  @ParameterizedTest
  @ValueSource(strings = {"separate", "shared"})
  void theScoreRisesThoughTheModelStaysAsItIs(String trunk) {
    Map<String, String> before = Bytes.of(rig.model());
    Heard heard =
        rig.finish(
                run("rises")
                    .with(
                        "value.trunk=" + trunk,
                        "lora.rank=8",
                        "lora.alpha=64",
                        "optimizer.learning-rate=1e-2",
                        "prompts.per-update=12",
                        "prompts.samples=4",
                        "sampling.max-new-tokens=8",
                        "ppo.epochs=4",
                        "ppo.updates=10"))
            .heard();
    List<Double> scores = heard.metric("objective/scores");
    // Slower than with all weights: the head of the random model stays random. A mean of three
    // updates has a deviation of 0.015.
    double last = (scores.get(7) + scores.get(8) + scores.get(9)) / 3;
    assertThat(last).isGreaterThan(scores.get(0) + 0.05);
    List<Double> kl = heard.metric("objective/kl");
    assertThat(kl.get(0)).isCloseTo(0, within(1e-4));
    assertThat(kl.get(9)).isGreaterThan(1);
    // The policy merges the adapter, the trainer does not: both compute the same model.
    assertThat(heard.metric("rollout/logprob_gap_median"))
        .allSatisfy(gap -> assertThat(gap).isLessThan(1e-4));
    assertThat(Bytes.of(rig.model())).isEqualTo(before);
  }

  @Test
  void inBfloat16AdaptersAndAWholeValueFunctionLearnInSinglePrecision() {
    ToyRun<PpoConfig> run =
        run("bfloat16")
            .with(
                "engine.precision=bfloat16",
                "engine.recompute=true",
                "model.frozen-layers=1",
                "value.adapter=false",
                "ppo.updates=3");
    Heard heard = rig.finish(run).heard();
    assertThat(heard.metric("skipped_steps")).containsOnly(0.0);
    assertThat(heard.metric(3, "objective/kl")).isNotCloseTo(0, within(0.01));
    assertThat(heard.metric("rollout/logprob_gap_median"))
        .as("trainer in bfloat16, policy in single precision")
        .allSatisfy(gap -> assertThat(gap).isBetween(1e-5, 0.05));
    try (SafetensorsFile adapter =
        SafetensorsFile.open(run.directory().adapter().resolve("adapter_model.safetensors"))) {
      assertThat(adapter.names()).isNotEmpty().allMatch(name -> name.contains(".layers.1."));
      assertThat(adapter.names()).allMatch(name -> adapter.entry(name).type() == StoredType.F32);
    }
  }

  @Test
  void theValueFunctionMayLearnAsAWhole() {
    ToyRun<PpoConfig> run = run("whole").with("value.adapter=false", "ppo.updates=2");
    Heard heard = rig.finish(run).heard();
    assertThat(heard.metric("critic/grad_norm")).allSatisfy(n -> assertThat(n).isPositive());
    Path checkpoint = run.directory().checkpoints().resolve("update-000002");
    assertThat(Bytes.of(checkpoint).keySet())
        .contains("policy/adapter_model.safetensors", "critic/model.safetensors")
        .doesNotContain("policy/model.safetensors");
  }

  @Test
  void aValueFunctionOfItsOwnIsAdaptedFromItsOwnModel() {
    Path reward = TinyModel.writeReward(directory.resolve("reward"), 5);
    ToyRun<PpoConfig> run = run("own").with("value.path=" + reward, "ppo.updates=1");
    rig.finish(run);
    Path critic = run.directory().checkpoints().resolve("update-000001/critic");
    assertThat(AdapterFiles.baseDigest(critic)).contains(ModelDirectory.of(reward).digest());
    try (LanguageModel opened = LanguageModel.open(critic, EngineOptions.CPU)) {
      assertThat(opened.heads()).isEqualTo(Heads.SCORE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"separate", "shared"})
  void whileTheValueFunctionWarmsUpThePolicyStandsStill(String trunk) {
    ToyRun<PpoConfig> run =
        run("warm").with("value.trunk=" + trunk, "value.warm-up-updates=1", "ppo.updates=2");
    rig.finish(run);
    Path versions = run.directory().versions();
    assertThat(weights(versions.resolve("version-000001/model"))).isEqualTo(weights(rig.model()));
    assertThat(weights(versions.resolve("version-000002/model")))
        .isNotEqualTo(weights(rig.model()));
  }

  // --- versions ---

  @Test
  void versionsAreAdaptersWhoseChecksumCoversTheirBase() {
    ToyRun<PpoConfig> run = run("versions").with("ppo.updates=2");
    ToyPolicy policy = rig.policy(run, PpoRig::evenShare);
    try (policy) {
      run.run();
    }
    List<PolicyVersion> announced = policy.announced();
    assertThat(Path.of(URI.create(announced.get(0).getCheckpointUri()))).isEqualTo(rig.model());
    assertThat(announced.get(0).getVersion().getChecksum())
        .isEqualTo(ModelDirectory.of(rig.model()).digest());
    for (PolicyVersion version : announced.subList(1, 3)) {
      Path place = Path.of(URI.create(version.getCheckpointUri()));
      assertThat(Bytes.of(place).keySet())
          .containsExactly("adapter_config.json", "adapter_model.safetensors");
      assertThat(version.getVersion().getChecksum())
          .isEqualTo(ModelDirectory.of(rig.model()).withAdapter(place).digest())
          .isEqualTo(ModelDirectory.of(place).digest());
    }
  }

  @Test
  void theRunEndsWithTheNewestVersionsAdapterAndTheMergedModel() {
    ToyRun<PpoConfig> run = run("finished").with("ppo.updates=2");
    rig.finish(run);
    Path newest = run.directory().versions().resolve("version-000002/model");
    assertThat(run.directory().adapter().resolve("adapter_model.safetensors"))
        .hasSameBinaryContentAs(newest.resolve("adapter_model.safetensors"));
    assertThat(weights(run.directory().model())).containsExactly(weights(newest), within(1e-6f));
  }

  // --- the reference ---

  @ParameterizedTest
  @CsvSource({"separate, 1, reward", "shared, 0.7, loss"})
  void withTheAdapterOffTheTrainerIsTheReferenceThatTheServiceWouldBe(
      String trunk, double temperature, String place) {
    String[] settings = {
      "value.trunk=" + trunk,
      "sampling.temperature=" + temperature,
      "kl.place=" + place,
      "kl.coefficient=0.2",
      "ppo.updates=3"
    };
    Heard service = rig.finish(run("service").with(settings)).heard();
    Heard alone =
        rig.finish(run("alone").with(settings).with("kl.reference=adapter-off"), UNREFERENCED)
            .heard();
    assertThat(alone.metric("rollout/kept_out")).containsOnly(0.0);
    assertThat(alone.metric(3, "objective/kl")).isNotCloseTo(0, within(0.01));
    for (String name : List.of("objective/kl", "objective/scores", "loss/policy_avg")) {
      for (long update = 1; update <= 3; update++) {
        assertThat(alone.metric(update, name))
            .as(name + " of update " + update)
            .isCloseTo(service.metric(update, name), within(2e-3));
      }
    }
  }

  @Test
  void whatAServiceSaysAllTheSameIsNotUsed() {
    ToyRun<PpoConfig> run = run("unused").with("kl.reference=adapter-off", "ppo.updates=2");
    ToyRun<PpoConfig> without = run("without").with("kl.reference=adapter-off", "ppo.updates=2");
    rig.finish(run);
    rig.finish(without, UNREFERENCED);
    assertThat(Bytes.of(run.directory().model())).isEqualTo(Bytes.of(without.directory().model()));
  }

  @Test
  void withoutAReferenceServiceOrAnAdapterToSwitchOffNothingCanBeLearntFrom() {
    ToyRun<PpoConfig> run = run("nobody");
    ToyPolicy policy = rig.policy(run, UNREFERENCED);
    try (policy) {
      assertThatThrownBy(run::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("update 1: only 0 of 8 answers");
    }
  }

  // --- going on ---

  @ParameterizedTest
  @CsvSource({"separate, true, stopped", "separate, false, killed", "shared, true, killed"})
  void aRunThatWasBrokenOffAndGoesOnEndsWithTheSameBytes(
      String trunk, boolean adapter, String how) {
    String[] settings = {
      "value.trunk=" + trunk,
      "value.adapter=" + adapter,
      "kl.reference=adapter-off",
      "checkpoint.every=2",
      "ppo.updates=4"
    };
    ToyRun<PpoConfig> unbroken = run("unbroken").with(settings);
    rig.finish(unbroken);
    ToyRun<PpoConfig> broken = run("broken").with(settings);
    ToyPolicy policy = rig.policy(broken, UNREFERENCED);
    try (policy) {
      if (how.equals("stopped")) {
        assertThat(broken.stopAfter(3).complete()).isFalse();
      } else {
        assertThatThrownBy(() -> broken.run(ToyRun.killAfter(3))).isInstanceOf(ToyRun.Killed.class);
      }
      assertThat(broken.resumed().run().complete()).isTrue();
    }
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
    assertThat(numbers(broken)).isEqualTo(numbers(unbroken));
  }

  /** The newest checkpoint but for the state, whose place in the log no two runs share. */
  private static Map<String, String> numbers(ToyRun<PpoConfig> run) {
    Map<String, String> digests =
        new TreeMap<>(Bytes.of(run.directory().checkpoints().resolve("update-000004")));
    digests.remove("state.json");
    digests.remove("manifest.json");
    assertThat(digests).containsKey("policy/adapter_model.safetensors");
    return digests;
  }

  // --- checks ---

  @Test
  void settingsThatMakeNoSenseWithAnAdapterOrWithoutAreNamed() {
    assertThatThrownBy(() -> run("wrong").with("lora.rank=0", "kl.reference=adapter-off").config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("without lora.rank there is no adapter");
    assertThatThrownBy(() -> run("dropping").with("lora.dropout=0.1").config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("lora.dropout is 0.1");
  }
}
