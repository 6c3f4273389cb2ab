package dev.parley.trainer;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.inject.Inject;
import picocli.CommandLine;

/**
 * Starts the trainer: {@code train RECIPE …} runs a recipe, {@code describe RECIPE} its settings.
 */
@QuarkusMain
public class TrainerMain implements QuarkusApplication {

  @Inject TrainerMetrics metrics;

  /** Entry point of the packaged application. */
  public static void main(String... arguments) {
    Quarkus.run(TrainerMain.class, arguments);
  }

  @Override
  public int run(String... arguments) {
    return new CommandLine(new TrainerCommand())
        .addSubcommand(new TrainCommand(metrics))
        .addSubcommand(new DescribeCommand())
        .execute(arguments);
  }
}
