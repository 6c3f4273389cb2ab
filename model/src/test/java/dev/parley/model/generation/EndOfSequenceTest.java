package dev.parley.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.TinyModel;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndOfSequenceTest {

  @TempDir Path directory;

  @BeforeEach
  void write() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{\"eos_token_id\": 5}");
  }

  private Set<Integer> read() {
    return EndOfSequence.read(directory, Optional.empty(), 100);
  }

  @Test
  void generationConfigComesFirstAndMayHoldSeveral() throws IOException {
    Files.writeString(
        directory.resolve("generation_config.json"), "{\"eos_token_id\": [3, 4, 100]}");
    assertThat(read()).containsExactly(3, 4);
  }

  @Test
  void configComesSecond() throws IOException {
    Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\": null}");
    assertThat(read()).containsExactly(5);
    Files.delete(directory.resolve("generation_config.json"));
    assertThat(read()).containsExactly(5);
  }

  @Test
  void theTokenizerComesLast() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{}");
    assertThat(read()).isEmpty();
    Path tiny = TinyModel.write(directory.resolve("tiny"), 1);
    try (Tokenizer tokenizer = Tokenizer.open(tiny)) {
      assertThat(EndOfSequence.read(directory, Optional.of(tokenizer), 300))
          .containsExactly(TinyModel.END_OF_TURN);
    }
  }

  @Test
  void aFileThatIsBrokenIsNamed() throws IOException {
    Files.writeString(directory.resolve("generation_config.json"), "[]");
    assertThatThrownBy(this::read)
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining("generation_config.json is not a JSON object");
  }
}
