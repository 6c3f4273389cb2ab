package dev.parley.cli.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Stands in for the trainer's quarkus-run.jar: repeats what it was told, refuses the setting
 * "nope", and where it shall train, leaves a run behind; a failed one if told so, or if there is a
 * file "fail".
 */
public final class FakeTrainer {

  private FakeTrainer() {}

  public static void main(String[] arguments) throws IOException {
    List<String> told = List.of(arguments);
    if (told.contains("nope=1")) {
      System.err.println("--set: there is no setting \"nope\"; did you mean \"note\"?");
      System.exit(2);
    }
    if (told.get(0).equals("describe") || told.contains("--dry-run")) {
      told.forEach(System.out::println);
      System.out.println("OMP_NUM_THREADS=" + System.getenv("OMP_NUM_THREADS"));
      return;
    }
    String id = told.stream().filter(word -> word.startsWith("run.id=")).findFirst().orElseThrow();
    Path directory =
        told.stream()
            .filter(word -> word.startsWith("run.directory="))
            .map(word -> Path.of(word.substring("run.directory=".length())))
            .findFirst()
            .orElse(Path.of("runs", id.substring("run.id=".length())));
    Path run = Files.createDirectories(directory);
    Files.writeString(run.resolve("told.txt"), String.join("\n", told));
    boolean fails = told.contains("fail=yes") || Files.exists(Path.of("fail"));
    if (!fails) {
      Files.writeString(run.resolve("metrics.jsonl"), "{\"update\":1,\"loss\":0.5}\n");
      boolean adapts = told.contains("lora.merge=false");
      Path model = Files.createDirectories(run.resolve(adapts ? "adapter" : "model"));
      if (!adapts) {
        Files.writeString(model.resolve("config.json"), "{}");
        Files.writeString(model.resolve("model.safetensors"), String.join("\n", told));
      }
    }
    Files.writeString(
        run.resolve("events.jsonl"),
        """
        {"runId":"r","started":{"recipe":"sft","totalUpdates":"1"}}
        {"runId":"r","finished":{"outcome":"RUN_OUTCOME_%s","updates":"1","message":"%s"}}
        """
            .formatted(fails ? "FAILED" : "COMPLETED", fails ? "the loss is NaN" : ""),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    System.exit(fails ? 1 : 0);
  }
}
