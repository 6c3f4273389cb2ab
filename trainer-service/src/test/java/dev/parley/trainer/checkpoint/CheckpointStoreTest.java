package dev.parley.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.Heads;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.toy.ToyLearner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {

  /** A state as recipes have it: nested records, maps by number. */
  record State(long update, AdamW.State optimizer, Map<Long, String> published) {}

  private static final State STATE = new State(3, new AdamW.State(5, 1), Map.of(0L, "a", 3L, "b"));

  @TempDir private static Path shared;
  private static ModelDirectory origin;

  @TempDir private Path parent;

  @BeforeAll
  static void model() {
    origin = ModelDirectory.of(TinyModel.write(shared.resolve("model"), 1));
  }

  private CheckpointStore store(int keep) {
    return new CheckpointStore(parent, keep);
  }

  @Test
  void anEmptyStoreHasNoCheckpoint() {
    assertThat(store(2).latest()).isEmpty();
  }

  @Test
  void aStateComesBackAsItWas() {
    store(2).save(3, writer -> writer.state(STATE));
    assertThat(store(2).latest().orElseThrow().state(State.class)).isEqualTo(STATE);
  }

  @Test
  void theNewestFewAreKept() {
    for (long update = 1; update <= 5; update++) {
      store(2).save(update, writer -> writer.state(STATE));
    }
    assertThat(AtomicDirectory.list(parent))
        .extracting(path -> path.getFileName().toString())
        .containsExactly("update-000004", "update-000005");
  }

  @Test
  void aCheckpointThatCannotBeWrittenLeavesTheOneBefore() {
    store(1).save(1, writer -> writer.state(STATE));
    assertThatThrownBy(
            () ->
                store(1)
                    .save(
                        2,
                        writer -> {
                          writer.state(STATE);
                          throw new IOException("the disk is full");
                        }))
        .isInstanceOf(CheckpointException.class);
    assertThat(store(1).latest().orElseThrow().directory())
        .isEqualTo(parent.resolve("update-000001"));
  }

  @Test
  void aCorruptNewestCheckpointSaysWhatToDelete() throws IOException {
    store(2).save(1, writer -> writer.state(STATE));
    Path newest = store(2).save(2, writer -> writer.state(STATE));
    Files.writeString(newest.resolve("state.json"), "{}");
    assertThatThrownBy(() -> store(2).latest())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(newest.resolve("state.json").toString())
        .hasMessageEndingWith("delete " + newest + " to resume from the checkpoint before it");
    FileUtils.deleteDirectory(newest.toFile());
    assertThat(store(2).latest().orElseThrow().directory())
        .isEqualTo(parent.resolve("update-000001"));
  }

  @Test
  void aStateOfAnotherKindIsNamed() {
    store(2).save(1, writer -> writer.state(Map.of("surprise", 1)));
    Checkpoint checkpoint = store(2).latest().orElseThrow();
    assertThatThrownBy(() -> checkpoint.state(State.class))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("state.json");
  }

  @Test
  void aRestoredLearnerHasTheSameBitsAndTakesTheSameNextStep() {
    List<LearningSequence> batch = ToyLearner.sequences(4, 7);
    try (Learner learner = ToyLearner.language(1)) {
      for (int step = 0; step < 3; step++) {
        ToyLearner.backward(learner, batch, 1000);
        learner.step();
      }
      AdamW.State state = learner.state();
      store(1).save(3, writer -> LearnerCheckpoint.add(writer, "policy", learner, origin));
      Checkpoint checkpoint = store(1).latest().orElseThrow();
      LanguageModel model = LanguageModel.open(checkpoint.model("policy"), EngineOptions.CPU);
      try (Learner restored = ToyLearner.of(model)) {
        LearnerCheckpoint.restore(checkpoint, "policy", restored, state);
        assertThat(ToyLearner.allBits(restored)).isEqualTo(ToyLearner.allBits(learner));

        ToyLearner.backward(learner, batch, 1000);
        ToyLearner.backward(restored, batch, 1000);
        assertThat(restored.step()).isEqualTo(learner.step());
        assertThat(ToyLearner.allBits(restored)).isEqualTo(ToyLearner.allBits(learner));
        assertThat(restored.state()).isEqualTo(learner.state()).isEqualTo(new AdamW.State(4, 0));
      }
    }
  }

  @Test
  void aValueHeadBesideALanguageHeadComesBackFromAFileOfItsOwn() {
    List<LearningSequence> batch = ToyLearner.sequences(4, 7);
    try (Learner learner = ToyLearner.withHeads(Heads.LANGUAGE_AND_VALUE, 1)) {
      try (ForwardPass pass = learner.forward(PackedBatch.of(batch), new float[0])) {
        learner.backward(0, pass, pass.scalars().sub(1).square().sum());
      }
      learner.step();
      learner.step();
      store(1).save(1, writer -> LearnerCheckpoint.add(writer, "policy", learner, origin));
      Checkpoint checkpoint = store(1).latest().orElseThrow();
      assertThat(checkpoint.directory().resolve("policy.value_head.safetensors")).exists();
      try (LanguageModel language =
              LanguageModel.open(checkpoint.model("policy"), EngineOptions.CPU);
          Learner restored = ToyLearner.of(language.withHeads(Heads.LANGUAGE_AND_VALUE, 99))) {
        assertThat(language.heads()).isEqualTo(Heads.LANGUAGE);
        assertThat(ToyLearner.weightBits(restored)).isNotEqualTo(ToyLearner.weightBits(learner));
        checkpoint.readValueHead("policy", restored.model());
        LearnerCheckpoint.restore(checkpoint, "policy", restored, learner.state());
        assertThat(ToyLearner.allBits(restored)).isEqualTo(ToyLearner.allBits(learner));
      }
    }
  }

  @Test
  void aScoreHeadIsPartOfTheModel() {
    try (Learner learner = ToyLearner.withHeads(Heads.SCORE, 1)) {
      store(1).save(1, writer -> LearnerCheckpoint.add(writer, "reward", learner, origin));
      Checkpoint checkpoint = store(1).latest().orElseThrow();
      try (LanguageModel model =
          LanguageModel.open(checkpoint.model("reward"), EngineOptions.CPU)) {
        assertThat(model.heads()).isEqualTo(Heads.SCORE);
        assertThat(model.weights().flat().toFloatArray())
            .isEqualTo(learner.model().weights().flat().toFloatArray());
      }
    }
  }
}
