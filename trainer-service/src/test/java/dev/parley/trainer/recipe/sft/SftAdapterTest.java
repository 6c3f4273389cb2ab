package dev.parley.trainer.recipe.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.checkpoint.CheckpointException;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fine-tuning through an adapter: what learns, what is written, and how a run goes on. */
class SftAdapterTest {

  private static final TokenBatch BATCH =
      TokenBatch.of(List.of(new int[] {104, 105, 258, 10, 97, 98}));

  @TempDir private static Path shared;
  private static Path model;
  private static Path echoes;

  @TempDir private Path directory;

  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      String letter = Character.toString('a' + i);
      rows.add(ToyFiles.demonstration("echo " + letter, letter.repeat(5)));
    }
    echoes = ToyFiles.write(shared.resolve("echoes.jsonl"), rows);
  }

  private static ToyRun<SftConfig> run(Path path) {
    return new ToyRun<>(
        new SftRecipe(),
        path,
        List.of(
            "run.id=sft",
            "model.path=" + model,
            "data.files=" + echoes,
            "data.held-out=0",
            "optimizer.learning-rate=2e-2",
            "sft.batch-size=8",
            "checkpoint.every=0",
            "lora.rank=8",
            "lora.alpha=16"));
  }

  private ToyRun<SftConfig> run() {
    return run(directory.resolve("run"));
  }

  private static float[] logProbs(Path path) {
    try (LanguageModel opened = LanguageModel.open(path, EngineOptions.CPU)) {
      return opened.logProbs(BATCH, 1).get(0);
    }
  }

  // --- what is learnt and written ---

  @Test
  void theLossFallsThoughTheModelStaysAsItIs() {
    Map<String, String> before = Bytes.of(model);
    List<Double> losses = run().with("sft.epochs=15").run().heard().metric("loss");
    assertThat(losses.get(0)).isGreaterThan(4);
    assertThat(losses.get(44)).isLessThan(2.5);
    assertThat(Bytes.of(model)).isEqualTo(before);
  }

  @Test
  void theRunEndsWithAnAdapterInPeftsLayoutAndWithTheMergedModel() {
    ToyRun<SftConfig> run = run();
    run.run();
    Path adapter = run.directory().adapter();
    AdapterConfig config = AdapterConfig.read(adapter);
    assertThat(config.base()).contains(model.toAbsolutePath().toString());
    assertThat(config.task()).isEqualTo(AdapterConfig.Task.CAUSAL_LM);
    assertThat(config.rank()).isEqualTo(8);
    assertThat(config.scale("q_proj", 8)).isEqualTo(2);
    assertThat(AdapterFiles.baseDigest(adapter)).contains(ModelDirectory.of(model).digest());
    assertThat(adapter.resolve("tokenizer.json"))
        .hasSameBinaryContentAs(model.resolve("tokenizer.json"));

    float[] merged = logProbs(run.directory().model());
    assertThat(AdapterConfig.isIn(run.directory().model())).isFalse();
    assertThat(merged).containsExactly(logProbs(adapter), within(1e-5f));
    assertThat(merged).isNotEqualTo(logProbs(model));
  }

  @Test
  void onRequestTheAdapterIsAllThatIsWritten() {
    ToyRun<SftConfig> run = run().with("lora.merge=false");
    run.run();
    assertThat(run.directory().adapter()).isDirectory();
    assertThat(run.directory().model()).doesNotExist();
  }

  @Test
  void onlyTheChosenProjectionsLearn() {
    ToyRun<SftConfig> run = run().with("lora.targets=q_proj,v_proj");
    run.run();
    try (LanguageModel base = LanguageModel.open(model, EngineOptions.CPU);
        LanguageModel merged = LanguageModel.open(run.directory().model(), EngineOptions.CPU)) {
      for (String name : base.weights().names()) {
        boolean chosen = name.contains("q_proj") || name.contains("v_proj");
        if (chosen) {
          assertThat(merged.weights().floats(name))
              .as(name)
              .isNotEqualTo(base.weights().floats(name));
        } else {
          assertThat(merged.weights().floats(name)).as(name).isEqualTo(base.weights().floats(name));
        }
      }
    }
  }

  @Test
  void recomputationAndMoreWorkersChangeNothingThatIsLearnt() {
    ToyRun<SftConfig> plain = run(directory.resolve("plain")).with("engine.workers=1");
    ToyRun<SftConfig> again =
        run(directory.resolve("again")).with("engine.workers=1", "engine.recompute=true");
    ToyRun<SftConfig> three = run(directory.resolve("three")).with("engine.workers=3");
    List.of(plain, again, three).forEach(ToyRun::run);
    assertThat(Bytes.of(again.directory().adapter()))
        .isEqualTo(Bytes.of(plain.directory().adapter()));
    assertThat(logProbs(three.directory().adapter()))
        .containsExactly(logProbs(plain.directory().adapter()), within(2e-3f));
  }

  @Test
  void frozenLayersGetNoAdapter() {
    ToyRun<SftConfig> run = run().with("model.frozen-layers=1");
    run.run();
    try (LanguageModel base = LanguageModel.open(model, EngineOptions.CPU);
        LanguageModel merged = LanguageModel.open(run.directory().model(), EngineOptions.CPU)) {
      for (String name : base.weights().names()) {
        boolean adapted = name.contains("layers.1.") && name.endsWith("proj.weight");
        assertThat(!Arrays.equals(merged.weights().floats(name), base.weights().floats(name)))
            .as(name)
            .isEqualTo(adapted);
      }
    }
    assertThatThrownBy(() -> run().with("model.frozen-layers=2").config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("has 2 layers, and lora.rank needs one for adapters");
  }

  @Test
  void inBfloat16TheLossFallsTooAndARunThatGoesOnEndsWithTheSameBytes() {
    String[] settings = {"engine.precision=bfloat16", "sft.epochs=4", "checkpoint.every=4"};
    ToyRun<SftConfig> unbroken = run(directory.resolve("unbroken")).with(settings);
    List<Double> losses = unbroken.run().heard().metric("loss");
    assertThat(losses.get(11)).isLessThan(losses.get(0) - 0.5);
    ToyRun<SftConfig> broken = run(directory.resolve("broken")).with(settings);
    broken.stopAfter(5);
    broken.resumed().run();
    assertThat(Bytes.of(broken.directory().adapter()))
        .isEqualTo(Bytes.of(unbroken.directory().adapter()));
  }

  @Test
  void thePlanSaysWhatLearns() {
    Plan plan = run().with("lora.targets=q_proj,up_proj", "lora.rank=4").plan();
    // Two layers; q_proj 32 + 32, up_proj 32 + 64, of rank 4; the model has 26,880 numbers.
    assertThat(plan.lines())
        .contains(
            new Plan.Line(
                "adapter", "rank 4, alpha 16.0, of q_proj, up_proj: 1280 parameters learn, 4.76%"));
  }

  @Test
  void anAdapterMayBeWhatAWholeModelStartsFrom() {
    Path adapter = TinyModel.writeAdapter(directory.resolve("adapter"), model, Heads.LANGUAGE, 2);
    ToyRun<SftConfig> run =
        run().with("lora.rank=0", "model.path=" + adapter, "optimizer.learning-rate=1e-30");
    run.run();
    assertThat(logProbs(run.directory().model()))
        .containsExactly(logProbs(adapter), within(1e-6f))
        .isNotEqualTo(logProbs(model));
    assertThat(run.directory().model().resolve("tokenizer.json")).exists();
  }

  // --- checkpoints and going on ---

  private static ToyRun<SftConfig> droppingOut(Path path) {
    return run(path)
        .with("sft.epochs=2", "checkpoint.every=2", "checkpoint.keep=10", "lora.dropout=0.2");
  }

  @Test
  void aCheckpointHoldsAdapterAndMomentsAlone() {
    ToyRun<SftConfig> run = droppingOut(directory.resolve("run"));
    run.run();
    Path checkpoint = run.directory().checkpoints().resolve("update-000006");
    assertThat(Bytes.of(checkpoint).keySet())
        .containsExactlyInAnyOrder(
            "policy/adapter_config.json",
            "policy/adapter_model.safetensors",
            "policy.first_moments.safetensors",
            "policy.second_moments.safetensors",
            "state.json",
            "manifest.json");
    assertThat(logProbs(checkpoint.resolve("policy")))
        .as("a checkpoint's adapter is one as any other")
        .containsExactly(logProbs(run.directory().model()), within(1e-5f));
  }

  @Test
  void aRunThatWasStoppedOrKilledAndGoesOnEndsWithTheSameBytes() {
    ToyRun<SftConfig> unbroken = droppingOut(directory.resolve("unbroken"));
    unbroken.run();
    ToyRun<SftConfig> stopped = droppingOut(directory.resolve("stopped"));
    assertThat(stopped.stopAfter(3).complete()).isFalse();
    stopped.resumed().run();
    ToyRun<SftConfig> killed = droppingOut(directory.resolve("killed"));
    assertThatThrownBy(() -> killed.run(ToyRun.killAfter(3))).isInstanceOf(ToyRun.Killed.class);
    killed.resumed().run();
    for (ToyRun<SftConfig> broken : List.of(stopped, killed)) {
      for (String part : List.of("model", "adapter", "checkpoints/update-000006")) {
        assertThat(Bytes.of(broken.path().resolve(part)))
            .as(part)
            .isEqualTo(Bytes.of(unbroken.path().resolve(part)));
      }
    }
  }

  @Test
  void whatDropoutDropsIsDecidedByTheSeed() {
    ToyRun<SftConfig> one = droppingOut(directory.resolve("one"));
    ToyRun<SftConfig> again = droppingOut(directory.resolve("again"));
    ToyRun<SftConfig> plain = droppingOut(directory.resolve("plain")).with("lora.dropout=0");
    List.of(one, again, plain).forEach(ToyRun::run);
    assertThat(Bytes.of(again.directory().model())).isEqualTo(Bytes.of(one.directory().model()));
    assertThat(Bytes.of(plain.directory().model())).isNotEqualTo(Bytes.of(one.directory().model()));
  }

  @Test
  void aRunGoesOnWithTheSettingsAndTheModelThatItBeganWith() throws Exception {
    Path base = TinyModel.write(directory.resolve("base"), 1);
    ToyRun<SftConfig> run = droppingOut(directory.resolve("run")).with("model.path=" + base);
    run.stopAfter(3);
    assertThatThrownBy(() -> run.with("lora.rank=4").resumed().run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lora.rank is 4, but the run began with 8");
    assertThatThrownBy(() -> run.with("lora.rank=0").resumed().run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lora.rank is 0, but the run began with 8");
    Files.delete(base.resolve("model.safetensors"));
    Path other = TinyModel.write(directory.resolve("other"), 2);
    Files.copy(other.resolve("model.safetensors"), base.resolve("model.safetensors"));
    assertThatThrownBy(() -> run.resumed().run())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll("was made on weights with the SHA-256", base.toString());
  }

  // --- settings that make no sense ---

  @Test
  void whatAnAdapterCannotBeMadeOnIsRefusedWithWhatToDo() {
    Path adapter = TinyModel.writeAdapter(directory.resolve("adapter"), model, Heads.LANGUAGE, 2);
    assertThatThrownBy(() -> run().with("model.path=" + adapter).config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("parley models merge " + adapter + " --output DIR");
    assertThatThrownBy(() -> run().with("model.start=random").config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("lora.rank is 8 and model.start random");
  }

  @Test
  void aMisspeltTargetIsRefusedBeforeTheRunBegins() {
    assertThatThrownBy(() -> run().with("lora.targets=q_proj,w_proj").plan())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the model has no projection \"w_proj\"; it has q_proj");
  }
}
