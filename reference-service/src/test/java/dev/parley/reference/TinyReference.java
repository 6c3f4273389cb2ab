package dev.parley.reference;

import dev.parley.model.TinyModel;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Gives the service under test a tiny model. */
public class TinyReference implements QuarkusTestResourceLifecycleManager {

  @Override
  public Map<String, String> start() {
    try {
      Path parent = Files.createTempDirectory("parley-reference");
      Path model = TinyModel.write(parent.resolve("model"), 11);
      return Map.of("parley.reference.model", model.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tiny model", e);
    }
  }

  @Override
  public void stop() {}
}
