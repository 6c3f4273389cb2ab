package dev.parley.cli.quickstart;

import dev.parley.cli.config.ConfigurationOptions;
import dev.parley.cli.lineage.Ancestor;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.lineage.Lineage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Stores where the quickstart's models come from, as {@code parley train} does of a run. */
final class Origins {

  /** Settings that name what a run reads, with what it reads it for. */
  private static final Map<String, String> READ = new LinkedHashMap<>();

  static {
    READ.put("model.path", "model");
    READ.put("data.files", "data");
    READ.put("prompts.files", "data");
    READ.put("value.path", "reward");
  }

  private Origins() {}

  /**
   * Stores where a run's model comes from, in it and beside it.
   *
   * @param recipe that made it
   * @param settings of the run, which name what it read
   * @param run its directory, which holds the model
   */
  static void remember(String recipe, Map<String, ?> settings, Path run) {
    Map<String, Object> others = new LinkedHashMap<>(settings);
    List<Ancestor> ancestors = new ArrayList<>();
    READ.forEach(
        (key, role) -> {
          if (others.remove(key) instanceof Path read) {
            boolean drawn = role.equals("model") && settings.containsKey("model.start");
            ancestors.add(Ancestor.of(drawn ? "model, drawn from its shape" : role, read));
          }
        });
    List.of("run.id", "run.directory", "run.kafka").forEach(others::remove);
    Path model = run.resolve("model");
    Lineage lineage =
        Lineage.now(
            "train " + recipe,
            ConfigurationOptions.assignments(others),
            "model",
            ContentDigest.of(model),
            ancestors);
    lineage.write(model);
    lineage.write(run);
  }
}
