package dev.parley.policy;

import dev.parley.model.TinyModel;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Gives the service under test a tiny model, a short queue and few rows. */
public final class TinyModelDirectory implements QuarkusTestResourceLifecycleManager {

  /** The seed that the model is made from. */
  static final long SEED = 1;

  @Override
  public Map<String, String> start() {
    try {
      Path directory = Files.createTempDirectory("parley-policy").resolve("model");
      TinyModel.write(directory, SEED);
      return Map.of(
          "parley.policy.model", directory.toString(),
          "parley.policy.engine.max-rows", "4",
          "parley.policy.engine.max-cache-tokens", "1024",
          "parley.policy.engine.queue-capacity", "8",
          "parley.policy.generation.max-samples", "8",
          "parley.policy.generation.max-new-tokens", "200");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    // The directory is the operating system's to delete: the service may still read it.
  }
}
