package dev.parley.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {

  @TempDir private Path temporary;

  @Test
  void itIsMadeWithItsParents() {
    assertThat(new RunDirectory(temporary.resolve("runs/r")).path()).isDirectory();
  }

  @Test
  void itIsUsedOnceItHoldsAConfiguration() {
    RunDirectory directory = new RunDirectory(temporary);
    assertThat(directory.used()).isFalse();
    directory.writeConfiguration("run:\n  id: \"r\"\n");
    assertThat(directory.used()).isTrue();
    assertThat(directory.configuration()).hasContent("run:\n  id: \"r\"\n");
  }

  @Test
  void aFileInItsPlaceIsNamed() throws IOException {
    Path file = Files.writeString(temporary.resolve("r"), "");
    assertThatThrownBy(() -> new RunDirectory(file)).hasMessageContaining(file.toString());
  }
}
