import dev.parley.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** Writes what check.sh runs on: models of some thousand random weights, prompts, preferences. */
public final class CheckInputs {
  private CheckInputs() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    TinyModel.write(directory.resolve("policy"), 1);
    TinyModel.writeReward(directory.resolve("reward"), 2);
    TinyModel.writeReward(directory.resolve("gold"), 3);
    Files.write(
        directory.resolve("prompts.jsonl"),
        IntStream.range(0, 200).mapToObj("{\"prompt\": \"Say %d\"}"::formatted).toList());
    Files.write(
        directory.resolve("pairs.jsonl"),
        IntStream.range(0, 300)
            .mapToObj(
                i ->
                    "{\"prompt\": \"Say %d\", \"chosen\": \" %d\", \"rejected\": \" no\"}"
                        .formatted(i, i))
            .toList());
    // What is learnt from, and beside it a part that only watches: its weight is 0.
    Files.writeString(
        directory.resolve("reward.yaml"),
        """
        parley:
          reward:
            scorer: total
            scorers:
              model:
                type: model
                directory: %s
              gold:
                type: model
                directory: %s
              total:
                type: weighted-sum
                weights:
                  model: 1
                  gold: 0
        """
            .formatted(directory.resolve("reward"), directory.resolve("gold")));
  }
}
